"""The in-app feed: one row for each person whom an event concerns."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from ordergraph.infra.fields import identity


class Notification(Model):
    """Made from an event, at most once for each person; the sentence is made when it is read."""

    id: UUID = identity()
    user_id: UUID = fields.UUIDField()
    event_id: UUID = fields.UUIDField()
    type: str = fields.CharField(max_length=64)
    order_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()
    read_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "notifications"
        unique_together = (("event_id", "user_id"),)
