"""Appeals, and the new evidence that each brings."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.appeals.process import AppealStatus
from ordergraph.disputes.models import Dispute
from ordergraph.infra.fields import belongs_to, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order


class Appeal(Model):
    """One side's appeal against the operator's decision. Amounts are minor units.

    `granted_minor`: what it came to; null unless it was granted.
    """

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    status: AppealStatus = word(AppealStatus)
    version: int = fields.IntField()
    made_by: Role = word(Role)
    statement: str = fields.TextField()
    currency: str = text(3)
    asked_minor: int = fields.BigIntField()
    granted_minor: int | None = fields.BigIntField(null=True)
    made_at: datetime = fields.DatetimeField()
    decision_due_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    ended_by: Role | None = word(Role, null=True)
    ended_by_id: UUID | None = fields.UUIDField(null=True)
    answer: str | None = fields.TextField(null=True)

    class Meta:
        table = "appeals"
        unique_together = (("dispute", "made_by"),)

    @property
    def asked(self) -> Money:
        return Money(self.asked_minor, self.currency)

    @property
    def granted(self) -> Money | None:
        return None if self.granted_minor is None else Money(self.granted_minor, self.currency)
