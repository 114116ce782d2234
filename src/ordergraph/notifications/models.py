"""The in-app feed: one row for each person whom an event concerns."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from ordergraph.infra.fields import identity, text, word
from ordergraph.kernel.actor import Role


class Notification(Model):
    """Made from an event, at most once for each person; the sentence is made when it is read.

    `position` numbers each person's feed in the order in which its rows were committed, so whoever
    has read up to one has missed none before it. `side` is the role in which the person is told.
    """

    id: UUID = identity()
    user_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    side: Role = word(Role)
    event_id: UUID = fields.UUIDField()
    type: str = text(64)
    actor_role: Role = word(Role)
    order_id: UUID = fields.UUIDField()
    order_number: str = text(16)
    created_at: datetime = fields.DatetimeField()
    read_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "notifications"
        unique_together = (("event_id", "user_id"), ("user_id", "position"))
