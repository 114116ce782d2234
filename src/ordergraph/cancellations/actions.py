"""Canceling orders and parts of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import F

from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.plan import CancelPlan, Left, plan
from ordergraph.cancellations.process import SHIP_TIMEOUT_REASON, CancellationStatus
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.text import NOTE_LIMIT, written
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.models import Fault, Reason, ReasonContext
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.events import OrderCanceled, OrderLinesCanceled
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import ORDER, OrderAction, OrderStatus, why_not
from ordergraph.payments import queries as payments
from ordergraph.refunds import actions as refunds
from ordergraph.refunds import queries as refund_queries
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """`picked`: how many of which line, or None for everything that is left."""

    order_id: UUID
    reason_handle: str
    note: str
    picked: Mapping[UUID, int] | None


@dataclass(frozen=True, slots=True)
class Canceled:
    order: Order
    cancellation: Cancellation
    refund: Refund | None


async def cancel(tx: Tx, request: CancelRequest) -> Canceled:
    """Cancel an order, or a part of it, and promise the money back.

    The buyer alone inside the window; the seller and an operator until it is shipped.
    """
    order, role = await order_queries.lock(tx, request.order_id)
    if refusal := why_not(OrderAction.CANCEL, order, role, tx.now):
        raise refusal
    note = written(request.note, field="note", limit=NOTE_LIMIT)
    reason = await marketplace.pick(ReasonContext.CANCELLATION, request.reason_handle, role)
    lines = (await order_queries.lines_of([order.id]))[order.id]
    planned = plan(lines, await _left(order), request.picked)
    return await _carry_out(tx, Decision(order, role, reason, note, planned))


async def cancel_unshipped(tx: Tx, order: Order) -> Canceled:
    """The seller never shipped: cancel for the system, and the money goes back at once."""
    reason = await Reason.get(context=ReasonContext.CANCELLATION, handle=SHIP_TIMEOUT_REASON)
    lines = (await order_queries.lines_of([order.id]))[order.id]
    planned = plan(lines, await _left(order), None)
    return await _carry_out(tx, Decision(order, Role.SYSTEM, reason, "", planned))


async def _left(order: Order) -> Left:
    shipping_left = order.shipping_minor - await refund_queries.shipping_back(order.id)
    if order.status is not OrderStatus.PROCESSING:
        return Left(shipping_left)
    return Left(shipping_left, (await payments.of_order(order.id)).refundable.minor)


def due_at(now: datetime, order: Order, reason: Reason, role: Role) -> datetime:
    """When the money is sent at the latest: at once if the seller's side says it was their fault.

    A buyer cannot shorten the wait by naming the seller's fault.
    """
    if reason.fault is Fault.SELLER and role is not Role.BUYER:
        return now
    return now + order.policy.span("refund_delay_s")


@dataclass(frozen=True, slots=True)
class Decision:
    """Who cancels what, and why."""

    order: Order
    role: Role
    reason: Reason
    note: str
    plan: CancelPlan


async def _carry_out(tx: Tx, decision: Decision) -> Canceled:
    order, role, reason = decision.order, decision.role, decision.reason
    paid = order.status is OrderStatus.PROCESSING
    cancellation = await _write(tx, decision)
    await _end(tx, decision)
    refund = None
    if paid and decision.plan.parts.minor:
        promise = refunds.Promise(
            cause=RefundCause.CANCELLATION,
            cause_id=cancellation.id,
            parts=decision.plan.parts,
            due_at=due_at(tx.now, order, reason, role),
        )
        refund = await refunds.schedule(tx, order, promise, role)
    return Canceled(order, cancellation, refund)


async def _end(tx: Tx, decision: Decision) -> None:
    order, role, reason = decision.order, decision.role, decision.reason
    if not decision.plan.whole:
        ORDER.after(OrderAction.CANCEL_LINES, order.status, role)
        tx.emit(OrderLinesCanceled(order_id=order.id, reason=reason.handle), role)
        return
    action = OrderAction.SHIP_TIMEOUT if role is Role.SYSTEM else OrderAction.CANCEL
    await orders.mark_canceled(tx, order, action, role)
    tx.emit(OrderCanceled(order_id=order.id, reason=reason.handle), role)


async def _write(tx: Tx, decision: Decision) -> Cancellation:
    cancellation = await Cancellation.create(
        order_id=decision.order.id,
        status=CancellationStatus.APPROVED,
        version=1,
        whole=decision.plan.whole,
        reason_id=decision.reason.id,
        note=decision.note,
        requested_by=decision.role,
        requested_by_id=tx.actor.user_id,
        requested_at=tx.now,
        decided_at=tx.now,
    )
    taken = {part.line_id: part.quantity for part in decision.plan.parts.lines}
    await CancellationLine.bulk_create(
        CancellationLine(cancellation_id=cancellation.id, order_line_id=line_id, quantity=quantity)
        for line_id, quantity in taken.items()
    )
    for line_id, quantity in taken.items():
        await OrderLine.filter(id=line_id).update(
            canceled_quantity=F("canceled_quantity") + quantity
        )
    return cancellation
