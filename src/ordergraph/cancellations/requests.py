"""Late requests: the window is over, so the buyer asks, and the seller answers or stays silent.

Whoever holds an order's lock holds its requests, too. Each verb that an order's change may meet
costs nothing where the order's policy knows no late requests.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.cancellations import queries
from ordergraph.cancellations.carrying import Canceled, Decision, carry_out, lines_of, planned
from ordergraph.cancellations.events import (
    CancellationApproved,
    CancellationRejected,
    CancellationRequested,
    CancellationWithdrawn,
)
from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.plan import CancelPlan
from ordergraph.cancellations.process import (
    CANCELLATION,
    CancellationAction,
    CancellationStatus,
    silent_until,
    why_not_answer,
)
from ordergraph.infra.database import Tx
from ordergraph.infra.making import new
from ordergraph.infra.rows import change
from ordergraph.infra.writing import insert, together, update
from ordergraph.kernel.actor import Role
from ordergraph.kernel.text import NOTE_LIMIT, written
from ordergraph.marketplace.models import Reason
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderAction, OrderStatus

A = CancellationAction


@dataclass(frozen=True, slots=True)
class Wish:
    """What the buyer asks for, and why."""

    reason: Reason
    note: str
    plan: CancelPlan


async def ask(tx: Tx, order: Order, wish: Wish) -> Cancellation:
    """Ask the seller; from now on their clock runs."""
    request = new(
        Cancellation,
        order_id=order.id,
        status=CANCELLATION.start,
        version=1,
        whole=wish.plan.whole,
        reason_id=wish.reason.id,
        note=wish.note,
        requested_by=Role.BUYER,
        requested_by_id=tx.actor.user_id,
        requested_at=tx.now,
        response_due_at=tx.now + order.policy.span("late_cancellation_response_s"),
    )
    await together(insert(request), *lines_of(request, wish.plan))
    tx.emit(
        CancellationRequested(
            order_id=order.id, cancellation_id=request.id, reason=wish.reason.handle
        ),
        Role.BUYER,
    )
    return request


async def approve(tx: Tx, cancellation_id: UUID) -> Canceled:
    """The seller agrees: what is still there of it is canceled, and the money promised."""
    order, request, role = await _hold(tx, cancellation_id, A.APPROVE)
    return await _grant(tx, order, request, A.APPROVE, role)


async def reject(tx: Tx, cancellation_id: UUID, note: str) -> Canceled:
    """The seller keeps the order going."""
    answer = written(note, field="note", limit=NOTE_LIMIT)
    order, request, role = await _hold(tx, cancellation_id, A.REJECT)
    await _decide(tx, request, A.REJECT, role, answer=answer or None)
    tx.emit(CancellationRejected(order_id=order.id, cancellation_id=request.id), role)
    return Canceled(order, request, None)


async def withdraw(tx: Tx, cancellation_id: UUID) -> Canceled:
    """The buyer wants it after all."""
    order, request, role = await _hold(tx, cancellation_id, A.WITHDRAW)
    await _decide(tx, request, A.WITHDRAW, role)
    tx.emit(CancellationWithdrawn(order_id=order.id, cancellation_id=request.id), role)
    return Canceled(order, request, None)


async def catch_up(tx: Tx, order: Order) -> bool:
    """Grant what silence should have granted by now: a late worker changes no answer.

    Says whether it did.
    """
    request = await _open(order)
    if request is None or _due(request) > silent_until(order, tx.now):
        return False
    await grant_by_silence(tx, order, request)
    return True


async def grant_by_silence(tx: Tx, order: Order, request: Cancellation) -> None:
    """The seller did not answer in time: it is so since then, however late the worker is."""
    await _grant(tx, order, request, A.AUTO_APPROVE, Role.SYSTEM)


async def answer_by_shipping(tx: Tx, order: Order) -> None:
    """The parcel has left: that is the answer."""
    request = await _open(order)
    if request is not None:
        await _decide(tx, request, A.SHIPPED, Role.SYSTEM)
        event = CancellationRejected(order_id=order.id, cancellation_id=request.id)
        tx.emit(event, Role.SYSTEM)


async def overtake(tx: Tx, order: Order) -> None:
    """Somebody else canceled: a request of which nothing is left to cancel is over.

    One that asks for all that is left ends the order, if it is granted: the clock looks at that.
    """
    request = await _open(order)
    if request is None:
        return
    if order.status is OrderStatus.PROCESSING and (request.whole or await _still_there(request)):
        if not request.whole and await _is_the_rest(request):
            await change(request, whole=True)
        return
    await _decide(tx, request, A.OVERTAKEN, Role.SYSTEM)
    event = CancellationWithdrawn(order_id=order.id, cancellation_id=request.id)
    tx.emit(event, Role.SYSTEM)


async def _hold(
    tx: Tx, cancellation_id: UUID, action: CancellationAction
) -> tuple[Order, Cancellation, Role]:
    """Lock order and request for somebody who may answer so now, or refuse."""
    order, role = await queries.lock(tx, cancellation_id)
    await catch_up(tx, order)
    request = await Cancellation.get(id=cancellation_id)
    if refusal := why_not_answer(action, request, order, role, tx.now):
        raise refusal
    return order, request, role


async def _open(order: Order) -> Cancellation | None:
    request = await queries.request_of(order)
    waits = request is not None and request.status is CancellationStatus.REQUESTED
    return request if waits else None


def _due(request: Cancellation) -> datetime:
    assert request.response_due_at is not None, "an open request has its clock"
    return request.response_due_at


async def _grant(
    tx: Tx, order: Order, request: Cancellation, action: CancellationAction, role: Role
) -> Canceled:
    since = _due(request) if action is A.AUTO_APPROVE else tx.now
    await _decide(tx, request, action, role, since=since)
    picked = None if request.whole else await _still_there(request)
    contents = await queries.contents_of(order)
    plan = await planned(order, contents, picked)
    request.whole = plan.whole
    tx.emit(CancellationApproved(order_id=order.id, cancellation_id=request.id), role)
    reason = await Reason.get(id=request.reason_id)
    await CancellationLine.filter(cancellation_id=request.id).delete()  # those that were asked for
    move = OrderAction.CANCEL
    decision = Decision(order, contents.payment, move, role, reason, plan, since=since)
    return await carry_out(tx, decision, request, update(request, "whole"))


async def _decide(
    tx: Tx,
    request: Cancellation,
    action: CancellationAction,
    role: Role,
    *,
    answer: str | None = None,
    since: datetime | None = None,
) -> None:
    status, at = CANCELLATION.after(action, request.status, role), since or tx.now
    await change(request, status=status, decided_at=at, decided_by=role, answer=answer)


async def _is_the_rest(request: Cancellation) -> bool:
    asked = await _still_there(request)
    lines = (await order_queries.lines_of([request.order_id]))[request.order_id]
    return all(asked.get(line.id, 0) == line.open_quantity for line in lines)


async def _still_there(request: Cancellation) -> dict[UUID, int]:
    """Of the pieces that were asked for, those that nobody has canceled meanwhile."""
    asked = (await queries.lines_of([request.id]))[request.id]
    lines = (await order_queries.lines_of([request.order_id]))[request.order_id]
    open_now = {line.id: line.open_quantity for line in lines}
    found = {part.order_line_id: min(part.quantity, open_now[part.order_line_id]) for part in asked}
    return {line_id: quantity for line_id, quantity in found.items() if quantity}
