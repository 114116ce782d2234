"""Promising refunds, and what their clocks do."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ordergraph.infra.database import Tx
from ordergraph.infra.making import new
from ordergraph.infra.rows import change
from ordergraph.infra.writing import Batch, Increase, Write, increase, insert, insert_all, together
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments import actions as payments
from ordergraph.payments import queries as payment_queries
from ordergraph.payments.models import Payment
from ordergraph.refunds.events import (
    RefundFailed,
    RefundFellDue,
    RefundMethodChanged,
    RefundResumed,
    RefundScheduled,
)
from ordergraph.refunds.models import Refund, RefundLine
from ordergraph.refunds.process import (
    REFUND,
    RefundAction,
    RefundCause,
    RefundMethod,
    RefundStatus,
    overdue,
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
    """Why money goes back, what it is made of, when it is sent at the latest, and at whose cost.

    `borne_by`: SELLER, or OPERATOR where the marketplace pays.
    """

    cause: RefundCause
    cause_id: UUID
    parts: Parts
    due_at: datetime
    borne_by: Role = Role.SELLER
    note: str = ""


async def schedule(
    tx: Tx,
    order: Order,
    promise: Promise,
    role: Role,
    *,
    payment: Payment | None = None,
) -> Refund:
    """Promise money back, once for each cause. The caller holds the order's lock.

    `payment`: the order's, if it is at hand. Raises AmountTooHigh when more would go back than was
    captured.
    """
    payment = payment or await payment_queries.of_order(order.id)
    refund, batch = scheduled(tx, order, promise, role, payment=payment)
    await batch.send()
    return refund


def scheduled(
    tx: Tx,
    order: Order,
    promise: Promise,
    role: Role,
    *beside: Write | Increase,
    payment: Payment,
) -> tuple[Refund, Batch]:
    """As `schedule`, to be sent. `beside`: what the caller writes in the same statement."""
    assert promise.due_at >= tx.now, "a promise lies in the future"
    refund = _promised(tx, order, promise, payment)
    writes = [insert(refund), *_lines_of(refund, promise.parts.lines), *beside]
    tx.emit(RefundScheduled(order_id=order.id, refund_id=refund.id), role)
    return refund, payments.reservation(
        tx, order, refund.amount, *writes, borne_by=promise.borne_by, refund_id=refund.id
    )


def _promised(tx: Tx, order: Order, promise: Promise, payment: Payment) -> Refund:
    parts = promise.parts
    return new(
        Refund,
        order_id=order.id,
        payment_id=payment.id,
        status=REFUND.start,
        version=1,
        cause=promise.cause,
        cause_id=promise.cause_id,
        method=RefundMethod.ORIGINAL_PAYMENT,
        borne_by=promise.borne_by,
        note=promise.note,
        currency=order.currency,
        amount_minor=parts.minor,
        shipping_minor=parts.shipping_minor,
        adjustment_minor=parts.adjustment_minor,
        created_at=tx.now,
        due_at=promise.due_at,
    )


def _lines_of(refund: Refund, parts: Sequence[LinePart]) -> Iterator[Write | Increase]:
    if not parts:
        return
    yield insert_all(
        RefundLine,
        [
            {
                "refund_id": refund.id,
                "order_line_id": part.line_id,
                "quantity": part.quantity,
                "amount_minor": part.amount_minor,
            }
            for part in parts
        ],
    )
    yield _given_back({part.line_id: part.amount_minor for part in parts})


def _given_back(minor: Mapping[UUID, int]) -> Increase:
    return increase(OrderLine, {id_: {"refunded_minor": each} for id_, each in minor.items()})


async def make_overdue_moves(tx: Tx, refund: Refund) -> None:
    """Make the moves that the refund's clock should have made by now, in their order.

    Sweeps call it, and so does every command before it judges: a late worker changes no answer.
    The caller holds the locks of order and refund.
    """
    while action := overdue(refund, tx.now):
        await AT_ITS_TIME[action](tx, refund)


async def fall_due(tx: Tx, refund: Refund) -> None:
    """The promised date has come: hand it over to be sent."""
    status = REFUND.after(RefundAction.DUE, refund.status, Role.SYSTEM)
    await change(refund, status=status, next_attempt_at=tx.now)
    tx.emit(RefundFellDue(order_id=refund.order_id, refund_id=refund.id), Role.SYSTEM)


async def end_hold(tx: Tx, refund: Refund) -> None:
    """The operator has had their time: the promise stands again."""
    status = REFUND.after(RefundAction.HOLD_EXPIRED, refund.status, Role.SYSTEM)
    await change(refund, status=status, hold_until=None)
    tx.emit(RefundResumed(order_id=refund.order_id, refund_id=refund.id), Role.SYSTEM)


async def fall_back(tx: Tx, refund: Refund) -> None:
    """Nobody chose another way: the buyer gets store credit."""
    status = REFUND.after(RefundAction.FALL_BACK_TO_CREDIT, refund.status, Role.SYSTEM)
    await send_by(tx, refund, status, RefundMethod.STORE_CREDIT, Role.SYSTEM)


async def give_up(tx: Tx, refund: Refund) -> None:
    """The money has gone back by another way: credit would pay the buyer twice."""
    status = REFUND.after(RefundAction.GIVE_UP, refund.status, Role.SYSTEM)
    await free(tx, refund)
    await change(refund, status=status, action_due_at=None)
    tx.emit(RefundFailed(order_id=refund.order_id, refund_id=refund.id), Role.SYSTEM)


AT_ITS_TIME: Final[dict[RefundAction, Callable[[Tx, Refund], Awaitable[None]]]] = {
    RefundAction.DUE: fall_due,
    RefundAction.HOLD_EXPIRED: end_hold,
    RefundAction.FALL_BACK_TO_CREDIT: fall_back,
    RefundAction.GIVE_UP: give_up,
}


async def send_by(
    tx: Tx, refund: Refund, status: RefundStatus, method: RefundMethod, role: Role
) -> None:
    """Hand it over to be sent in another way; with its bank reference, when it was paid by hand."""
    await change(
        refund,
        status=status,
        method=method,
        bank_reference=refund.bank_reference,
        action_due_at=None,
        next_attempt_at=tx.now,
    )
    tx.emit(RefundMethodChanged(order_id=refund.order_id, refund_id=refund.id, method=method), role)


async def free(tx: Tx, refund: Refund) -> None:
    """What was set aside for it can be promised anew, line by line.

    What the marketplace has made good to the seller falls back to the marketplace.
    """
    compensated = Money(refund.compensated_minor, refund.currency)
    shares = ((refund.borne_by, refund.amount - compensated), (Role.OPERATOR, compensated))
    for bearer, share in shares:
        if share.minor:
            await payments.free_reserved(
                tx, refund.order_id, share, borne_by=bearer, refund_id=refund.id
            )
    parts = await RefundLine.filter(refund_id=refund.id)
    if parts:
        await together(_given_back({part.order_line_id: -part.amount_minor for part in parts}))
