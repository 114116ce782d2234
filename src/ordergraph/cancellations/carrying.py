"""Carrying out a decision to cancel: take the pieces out, end the order, promise the money back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import F

from ordergraph.cancellations import queries
from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.plan import CancelPlan, plan
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.marketplace.models import Fault, Reason
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.events import OrderCanceled, OrderLinesCanceled
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import ORDER, OrderAction
from ordergraph.refunds import actions as refunds
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause


@dataclass(frozen=True, slots=True)
class Canceled:
    """What became of it; a late request has changed nothing of the order yet."""

    order: Order
    cancellation: Cancellation
    refund: Refund | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who ends what by which move of the order's table, why, and how it is written down."""

    order: Order
    action: OrderAction
    role: Role
    reason: Reason
    plan: CancelPlan
    cancellation: Cancellation


async def planned(order: Order, picked: Mapping[UUID, int] | None) -> CancelPlan:
    """Plan over the rows as they are. The caller holds the order's lock."""
    lines = (await order_queries.lines_of([order.id]))[order.id]
    return plan(lines, await queries.left_of(order), picked)


def due_at(now: datetime, order: Order, reason: Reason, asked_by: Role) -> datetime:
    """When the money is sent at the latest: at once if the seller's side says it was their fault.

    A buyer cannot shorten the wait by naming the seller's fault.
    """
    if reason.fault is Fault.SELLER and asked_by is not Role.BUYER:
        return now
    return now + order.policy.span("refund_delay_s")


async def carry_out(tx: Tx, decision: Decision) -> Canceled:
    """Do what was decided; nothing goes back where nothing is left, or nothing was paid."""
    order, cancellation, parts = decision.order, decision.cancellation, decision.plan.parts
    await _take_out(decision)
    await _end(tx, decision)
    refund = None
    if parts.minor:
        asked_by = Role[cancellation.requested_by]
        promise = refunds.Promise(
            cause=RefundCause.CANCELLATION,
            cause_id=cancellation.id,
            parts=parts,
            due_at=due_at(tx.now, order, decision.reason, asked_by),
        )
        refund = await refunds.schedule(tx, order, promise, decision.role)
    return Canceled(order, cancellation, refund)


async def write_lines(cancellation: Cancellation, decided: CancelPlan) -> None:
    """Note how many of which line it is about, instead of what was noted before."""
    await CancellationLine.filter(cancellation_id=cancellation.id).delete()
    await CancellationLine.bulk_create(
        CancellationLine(
            cancellation_id=cancellation.id, order_line_id=part.line_id, quantity=part.quantity
        )
        for part in decided.parts.lines
    )


async def _take_out(decision: Decision) -> None:
    await write_lines(decision.cancellation, decision.plan)
    for part in decision.plan.parts.lines:
        await OrderLine.filter(id=part.line_id).update(
            canceled_quantity=F("canceled_quantity") + part.quantity
        )


async def _end(tx: Tx, decision: Decision) -> None:
    order, role, reason = decision.order, decision.role, decision.reason
    if not decision.plan.whole:
        ORDER.after(OrderAction.CANCEL_LINES, order.status, role)
        tx.emit(OrderLinesCanceled(order_id=order.id, reason=reason.handle), role)
        return
    await orders.mark_canceled(tx, order, decision.action, role)
    tx.emit(OrderCanceled(order_id=order.id, reason=reason.handle), role)
