"""What was captured for an order and what went back; one row, guarded by one constraint."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from ordergraph.infra.fields import belongs_to, identity, text
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order


class Payment(Model):
    """Its id is our reference at the gateway. Amounts are minor units."""

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    gateway: str = text(40)
    gateway_reference: str | None = text(120, null=True)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    captured_minor: int = fields.BigIntField(default=0)
    refund_reserved_minor: int = fields.BigIntField(default=0)
    refunded_minor: int = fields.BigIntField(default=0)
    paid_out_minor: int = fields.BigIntField(default=0)
    platform_cost_minor: int = fields.BigIntField(default=0)
    captured_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "payments"

    @property
    def refundable(self) -> Money:
        """What is neither given back nor promised back."""
        left = self.captured_minor - self.refund_reserved_minor - self.refunded_minor
        return Money(left, self.currency)

    @property
    def payable(self) -> Money:
        """What of it is the seller's, and not paid out yet."""
        left = self.refundable.minor + self.platform_cost_minor - self.paid_out_minor
        return Money(left, self.currency)

    def refundable_by(self, bearer: Role) -> Money:
        """As `refundable`; the seller gives back only what was not paid out yet."""
        if bearer is Role.SELLER:
            return min(self.refundable, self.payable)
        return self.refundable

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)


class SandboxEntry(Model):
    """One line of the sandbox gateway's own journal: it is the bank's book, not ours."""

    id: UUID = identity()
    kind: str = text(8)
    idempotency_key: str = text(120, unique=True)
    reference: UUID = fields.UUIDField(db_index=True)
    payment_reference: UUID = fields.UUIDField(db_index=True)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "sandbox_journal"
