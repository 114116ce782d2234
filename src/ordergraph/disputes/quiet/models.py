"""Private limits: gone when the dispute ends, or comes to terms."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.disputes.models import Dispute
from ordergraph.infra.fields import belongs_to, identity, text
from ordergraph.infra.model import Model


class PrivateLimit(Model):
    """The least the buyer takes, or the most the seller gives, in minor units of the dispute's currency.

    `amount_minor` is null when it was taken back: the row stays, so that `changes` counts on.
    """

    id: UUID = identity()
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    side: str = text(16)
    owner_id: UUID = fields.UUIDField()
    amount_minor: int | None = fields.BigIntField(null=True)
    changes: int = fields.SmallIntField()
    set_at: datetime = fields.DatetimeField()

    class Meta:
        table = "private_limits"
        unique_together = (("dispute", "side"),)
