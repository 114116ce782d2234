"""What people are still to be reminded of."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import word
from ordergraph.infra.model import Model
from ordergraph.kernel.deadline import DeadlineKind


class Reminder(Model):
    """Something that waits for somebody, and of which they are still to be reminded.

    `id` is that of the order, refund, request or appeal that waits. The database keeps it
    (migrations/0026_reminders.py): a row comes with the deadline, and goes when nothing waits any
    more, whoever ended it; and with the last reminder.
    """

    id: UUID = fields.UUIDField(primary_key=True)
    order_id: UUID = fields.UUIDField()
    kind: DeadlineKind = word(DeadlineKind)
    since: datetime = fields.DatetimeField()
    due_at: datetime = fields.DatetimeField()
    remind_at: datetime = fields.DatetimeField()

    class Meta:
        table = "reminders"
