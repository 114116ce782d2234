"""Canceling orders and parts of them, and asking for it when the window is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.cancellations import queries, requests
from ordergraph.cancellations.carrying import Canceled, Decision, carried_out, planned
from ordergraph.cancellations.models import Cancellation
from ordergraph.cancellations.process import (
    SHIP_TIMEOUT_REASON,
    WITHDRAWAL_REASON,
    CancellationStatus,
    Ground,
    asks,
    why_not,
)
from ordergraph.infra.database import Tx
from ordergraph.infra.making import new
from ordergraph.infra.writing import Batch, insert
from ordergraph.kernel.actor import Role
from ordergraph.kernel.text import NOTE_LIMIT, written
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.models import Reason, ReasonContext
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderAction, OrderStatus, canceled_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """`picked`: how many of which line, or None for everything that is left."""

    order_id: UUID
    reason_handle: str
    note: str
    picked: Mapping[UUID, int] | None


async def cancel(tx: Tx, request: CancelRequest) -> Canceled:
    """Cancel an order, or a part of it, and promise the money back.

    The buyer alone inside the window, and by asking after it where the order's policy allows that;
    the seller and an operator until it is shipped.
    """
    held = await queries.hold(tx, request.order_id, request.reason_handle)
    order, role, contents = held.order, held.role, held.contents
    if await requests.catch_up(tx, order):
        contents = await queries.contents_of(order)
    ground = Ground(order, await queries.request_of(order))
    if refusal := why_not(OrderAction.CANCEL, ground, role, tx.now):
        raise refusal
    note = written(request.note, field="note", limit=NOTE_LIMIT)
    reason = marketplace.given(held.reason, role)
    plan = await planned(order, contents, request.picked)
    if asks(ground, role, tx.now):
        wish = requests.Wish(reason, note, plan)
        return Canceled(order, await requests.ask(tx, order, wish), None)
    decision = Decision(order, contents.payment, OrderAction.CANCEL, role, reason, plan)
    done, batch = _decided(tx, decision, note)
    if order.late_cancellation:  # what overtakes a request looks at what is left
        await batch.send()
        await requests.overtake(tx, order)
    else:
        tx.finish(batch)
    return done


async def cancel_unshipped(tx: Tx, order: Order) -> None:
    """The seller never shipped: cancel for the system, and the money goes back at once.

    What the seller's silence had granted before that moment comes first.
    """
    await requests.catch_up(tx, order)
    if order.status is OrderStatus.PROCESSING:
        reason = await Reason.get(context=ReasonContext.CANCELLATION, handle=SHIP_TIMEOUT_REASON)
        contents = await queries.contents_of(order)
        plan = await planned(order, contents, None)
        action = OrderAction.SHIP_TIMEOUT
        decision = Decision(order, contents.payment, action, Role.SYSTEM, reason, plan)
        await _cancel(tx, decision)


async def cancel_by_law(
    tx: Tx, order: Order, picked: Mapping[UUID, int], refund_by: datetime
) -> Cancellation:
    """The buyer withdraws from what has not been shipped: out it goes, window or not.

    The money is sent when it always is, but by the law's date. The caller holds the order's lock, and
    has judged.
    """
    reason = await Reason.get(context=ReasonContext.CANCELLATION, handle=WITHDRAWAL_REASON)
    contents = await queries.contents_of(order)
    plan = await planned(order, contents, picked)
    action = OrderAction.CANCEL
    decision = Decision(order, contents.payment, action, Role.BUYER, reason, plan, refund_by)
    return (await _cancel(tx, decision)).cancellation


async def end_silence(tx: Tx, request: Cancellation) -> None:
    """The seller's time to answer is over; unless their time to ship was over before."""
    order = await Order.get(id=request.order_id)
    assert request.response_due_at is not None, "an open request has its clock"
    if order.ship_by_at is not None and order.ship_by_at < request.response_due_at:
        await cancel_unshipped(tx, order)
    else:
        await requests.grant_by_silence(tx, order, request)


async def _cancel(tx: Tx, decision: Decision) -> Canceled:
    done, batch = _decided(tx, decision)
    await batch.send()
    await requests.overtake(tx, decision.order)
    return done


def _decided(tx: Tx, decision: Decision, note: str = "") -> tuple[Canceled, Batch]:
    """Decided at once, by who asked for it; to be sent."""
    order, role = decision.order, decision.role
    at = canceled_at(decision.action, order, tx.now)
    row = new(
        Cancellation,
        order_id=order.id,
        status=CancellationStatus.APPROVED,
        version=1,
        whole=decision.plan.whole,
        reason_id=decision.reason.id,
        note=note,
        requested_by=role,
        requested_by_id=tx.actor.user_id,
        requested_at=at,
        decided_at=at,
        decided_by=role,
    )
    return carried_out(tx, decision, row, insert(row))
