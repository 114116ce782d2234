"""The in-app feed, the people who may be told otherwise, too, and the mails to them."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import belongs_to, flag, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.actor import Role
from ordergraph.notifications.process import MailStatus


class Notification(Model):
    """Made from an event, at most once for each person; the sentence is made when it is read.

    `position` numbers each person's feed in the order in which its rows were committed, so whoever
    has read up to one has missed none before it. `side` is the role in which the person is told.
    What is about no order, which only operators are told, names its `subject`.
    """

    id: UUID = identity()
    user_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    side: Role = word(Role)
    event_id: UUID = fields.UUIDField()
    type: str = text(64)
    actor_role: Role = word(Role)
    order_id: UUID | None = fields.UUIDField(null=True)
    order_number: str | None = text(16, null=True)
    subject: str | None = text(200, null=True)
    created_at: datetime = fields.DatetimeField()
    read_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "notifications"
        unique_together = (("event_id", "user_id"), ("user_id", "position"))


class Acquaintance(Model):
    """Somebody who came with a token: as what their feed is written, and where mails would go.

    The address is kept only where mails are sent from. `operator_seen_at`: when they last came as an
    operator; who has not for a month is told nothing as one.
    """

    user_id: UUID = fields.UUIDField(primary_key=True)
    email: str | None = text(254, null=True)
    language: str = text(8)
    wants_emails: bool = flag()
    operator_seen_at: datetime | None = fields.DatetimeField(null=True)
    met_at: datetime = fields.DatetimeField()

    class Meta:
        table = "acquaintances"


class Mail(Model):
    """A notification on its way by e-mail. `next_attempt_at` is both clock and lease."""

    id: UUID = identity()
    notification_id: UUID
    notification: fields.ForeignKeyRelation[Notification] = belongs_to("models.Notification")
    status: MailStatus = word(MailStatus)
    claim: UUID | None = fields.UUIDField(null=True)
    attempts: int = fields.IntField(default=0, db_default=0)
    problem: str | None = text(200, null=True)
    created_at: datetime = fields.DatetimeField()
    next_attempt_at: datetime | None = fields.DatetimeField(null=True)
    sent_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "mails"
        unique_together = (("notification",),)
