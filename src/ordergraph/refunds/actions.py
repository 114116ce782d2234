"""Writing refunds: promising, releasing, falling due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import F
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments import actions as payments
from ordergraph.refunds import queries
from ordergraph.refunds.models import Refund, RefundLine
from ordergraph.refunds.process import (
    REFUND,
    RefundAction,
    RefundCause,
    RefundFellDue,
    RefundMethod,
    RefundReleased,
    RefundScheduled,
)


@dataclass(frozen=True, slots=True)
class LinePart:
    """How much of one order line goes back, in minor units of the order's currency."""

    line_id: UUID
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a refund is made of; the parts sum exactly to its amount."""

    lines: Sequence[LinePart] = ()
    shipping_minor: int = 0
    adjustment_minor: int = 0

    @property
    def minor(self) -> int:
        of_lines = sum(part.amount_minor for part in self.lines)
        return of_lines + self.shipping_minor + self.adjustment_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Why money goes back, what it is made of, and when it is sent at the latest."""

    cause: RefundCause
    cause_id: UUID
    parts: Parts
    due_at: datetime


async def schedule(tx: Tx, order: Order, promise: Promise, role: Role) -> Refund:
    """Promise money back, once for each cause. The caller holds the order's lock.

    Raises AmountTooHigh when more would go back than was captured.
    """
    assert promise.due_at >= tx.now, "a promise lies in the future"
    parts = promise.parts
    amount = Money(parts.minor, order.currency)
    refund_id = uuid7()
    payment = await payments.reserve(tx, order, amount, borne_by=Role.SELLER, refund_id=refund_id)
    refund = await Refund.create(
        id=refund_id,
        order_id=order.id,
        payment_id=payment.id,
        status=REFUND.start,
        version=1,
        cause=promise.cause,
        cause_id=promise.cause_id,
        method=RefundMethod.ORIGINAL_PAYMENT,
        currency=order.currency,
        amount_minor=parts.minor,
        shipping_minor=parts.shipping_minor,
        adjustment_minor=parts.adjustment_minor,
        created_at=tx.now,
        due_at=promise.due_at,
    )
    await _write_lines(refund, parts.lines)
    tx.emit(RefundScheduled(order_id=order.id, refund_id=refund.id), role)
    return refund


async def _write_lines(refund: Refund, parts: Sequence[LinePart]) -> None:
    rows = [
        RefundLine(
            refund_id=refund.id,
            order_line_id=part.line_id,
            quantity=part.quantity,
            amount_minor=part.amount_minor,
        )
        for part in parts
    ]
    if rows:
        await RefundLine.bulk_create(rows)
    for part in parts:
        await OrderLine.filter(id=part.line_id).update(
            refunded_minor=F("refunded_minor") + part.amount_minor
        )


async def release(tx: Tx, refund_id: UUID) -> Refund:
    """Send it now instead of at the promised date."""
    refund, order, role = await queries.lock(tx, refund_id)
    status = REFUND.after(RefundAction.RELEASE, refund.status, role)
    await change(refund, status=status, due_at=tx.now, released_at=tx.now, next_attempt_at=tx.now)
    tx.emit(RefundReleased(order_id=order.id, refund_id=refund.id), role)
    return refund


async def fall_due(tx: Tx, refund: Refund) -> None:
    """The promised date has come: hand it over to be sent."""
    status = REFUND.after(RefundAction.DUE, refund.status, Role.SYSTEM)
    await change(refund, status=status, next_attempt_at=tx.now)
    tx.emit(RefundFellDue(order_id=refund.order_id, refund_id=refund.id), Role.SYSTEM)
