"""What was captured for an order and what went back, guarded by one constraint; what gateways say."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import belongs_to, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.payments.process import PaymentDeclineReason


class Payment(Model):
    """Its id is our reference at the gateway. Amounts are minor units.

    `token` is what the buyer's app got from the provider for the card; it is never shown.
    """

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order", indexed=False)
    gateway: str = text(40)
    gateway_reference: str | None = text(120, null=True)
    token: str | None = text(255, null=True)
    decline_reason: PaymentDeclineReason | None = word(PaymentDeclineReason, null=True)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    captured_minor: int = fields.BigIntField(default=0)
    refund_reserved_minor: int = fields.BigIntField(default=0)
    refunded_minor: int = fields.BigIntField(default=0)
    paid_out_minor: int = fields.BigIntField(default=0, db_default=0)
    platform_cost_minor: int = fields.BigIntField(default=0, db_default=0)
    return_cost_minor: int = fields.BigIntField(default=0, db_default=0)
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
        """What of it is the seller's, and not paid out yet; less than nothing is what they owe."""
        theirs = self.refundable.minor + self.platform_cost_minor - self.return_cost_minor
        return Money(theirs - self.paid_out_minor, self.currency)

    def refundable_by(self, bearer: Role) -> Money:
        """As `refundable`; the seller gives back only what is theirs, and not paid out yet."""
        if bearer is Role.SELLER:
            return max(min(self.refundable, self.payable), Money(0, self.currency))
        return self.refundable

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)


class GatewayEvent(Model):
    """A gateway's message that has been heard: told again, it is not heard again."""

    id: UUID = identity()
    gateway: str = text(40)
    event_id: str = text(255)
    received_at: datetime = fields.DatetimeField()

    class Meta:
        table = "gateway_events"
        unique_together = (("gateway", "event_id"),)


class SandboxEntry(Model):
    """One line of the sandbox gateway's own journal: it is the bank's book, not ours.

    CAPTURE and REFUND move money; FAILED takes back the refund of the same `nth` of its reference;
    DECLINED and FAULT move none: they remember what a key was answered, or that it was not.
    """

    id: UUID = identity()
    kind: str = text(8)
    idempotency_key: str = text(120, unique=True)
    reference: UUID = fields.UUIDField(db_index=True)
    payment_reference: UUID = fields.UUIDField(db_index=True)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    token: str | None = text(255, null=True)
    code: str | None = text(40, null=True)
    nth: int = fields.IntField(default=0, db_default=0)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "sandbox_journal"
