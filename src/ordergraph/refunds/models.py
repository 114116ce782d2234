"""Refunds, what they are made of, and each attempt to send one."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import belongs_to, flag, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.words import Words
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments.models import Payment
from ordergraph.refunds.process import (
    CALLED_OFF,
    RefundCause,
    RefundFailureReason,
    RefundMethod,
    RefundStatus,
)


class Refund(Model):
    """Money promised back to a buyer: lines + shipping + adjustment = amount, in minor units.

    `next_attempt_at` is both clock and lease: whoever claims an attempt moves it forward, so work
    that nobody finished comes up again by itself. `unanswered` counts the attempts in a row that
    told nothing, or, while `unanswered_since` is null, only that it takes longer; `outcome_unknown`:
    one of them may have had the gateway send it.
    `borne_by`: SELLER, or OPERATOR for the marketplace; `compensated_minor`: how much of it the
    marketplace has made good to the seller since.
    """

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    payment_id: UUID
    payment: fields.ForeignKeyRelation[Payment] = belongs_to("models.Payment")
    status: RefundStatus = word(RefundStatus)
    version: int = fields.IntField()
    cause: RefundCause = word(RefundCause)
    cause_id: UUID = fields.UUIDField()
    method: RefundMethod = word(RefundMethod)
    borne_by: Role = word(Role)
    note: str = fields.TextField()
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    shipping_minor: int = fields.BigIntField()
    adjustment_minor: int = fields.BigIntField()
    compensated_minor: int = fields.BigIntField(default=0, db_default=0)

    created_at: datetime = fields.DatetimeField()
    due_at: datetime = fields.DatetimeField()
    released_at: datetime | None = fields.DatetimeField(null=True)
    hold_until: datetime | None = fields.DatetimeField(null=True)
    action_due_at: datetime | None = fields.DatetimeField(null=True)
    next_attempt_at: datetime | None = fields.DatetimeField(null=True)
    sent_at: datetime | None = fields.DatetimeField(null=True)
    settled_at: datetime | None = fields.DatetimeField(null=True)

    claim: UUID | None = fields.UUIDField(null=True)
    attempts: int = fields.IntField(default=0)
    declines: int = fields.IntField(default=0)
    outcome_unknown: bool = flag(default=False)
    unanswered: int = fields.IntField(default=0)
    unanswered_since: datetime | None = fields.DatetimeField(null=True)
    failure_reason: RefundFailureReason | None = word(RefundFailureReason, null=True)
    gateway_reference: str | None = text(120, null=True)
    bank_reference: str | None = text(120, null=True)

    class Meta:
        table = "refunds"
        unique_together = (("cause", "cause_id"),)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def goes_through_the_gateway(self) -> bool:
        """Whether an attempt tells the gateway to send it; other ways only ask it, or not even that."""
        return self.method is RefundMethod.ORIGINAL_PAYMENT

    @property
    def compensable(self) -> Money:
        """What it takes from the seller, and the marketplace has not made good."""
        if self.borne_by is not Role.SELLER or self.status in CALLED_OFF:
            return Money(0, self.currency)
        return Money(self.amount_minor - self.compensated_minor, self.currency)

    @property
    def idempotency_key(self) -> str:
        """The key at the gateway: made of the refund, and fresh only after a definite decline."""
        return f"refund-{self.id}-{self.declines}"


class RefundLine(Model):
    """The part of a refund that belongs to one order line."""

    id: UUID = identity()
    refund_id: UUID
    refund: fields.ForeignKeyRelation[Refund] = belongs_to("models.Refund", indexed=False)
    order_line_id: UUID
    order_line: fields.ForeignKeyRelation[OrderLine] = belongs_to("models.OrderLine")
    quantity: int = fields.IntField()
    amount_minor: int = fields.BigIntField()

    class Meta:
        table = "refund_lines"
        unique_together = (("refund", "order_line"),)


class AttemptOutcome(Words):
    """How one attempt to send a refund ended. More values may come."""

    STARTED = "STARTED", "Claimed; the gateway may or may not have been called."
    SUCCEEDED = "SUCCEEDED", "The gateway confirmed it."
    PENDING = "PENDING", "The gateway has it and settles later."
    DECLINED = "DECLINED", "The gateway said no, definitely."
    UNKNOWN = "UNKNOWN", "No answer that tells; the gateway is asked before anything is sent again."
    RATE_LIMITED = "RATE_LIMITED", "The gateway did nothing: it was asked too often."


class RefundAttempt(Model):
    """One try: committed before the gateway is called, so that a crash leaves a trace."""

    id: UUID = identity()
    refund_id: UUID
    refund: fields.ForeignKeyRelation[Refund] = belongs_to("models.Refund", indexed=False)
    number: int = fields.IntField()
    idempotency_key: str = text(120)
    outcome: AttemptOutcome = word(AttemptOutcome)
    started_at: datetime = fields.DatetimeField()
    finished_at: datetime | None = fields.DatetimeField(null=True)
    problem: str | None = text(200, null=True)

    class Meta:
        table = "refund_attempts"
        unique_together = (("refund", "number"),)
