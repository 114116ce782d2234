"""What people do with a refund that is promised: send it sooner, hold it, call it off, try anew."""

from datetime import datetime
from uuid import UUID

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change, changed
from ordergraph.infra.writing import Batch
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import NOTE_LIMIT, written
from ordergraph.orders.models import Order
from ordergraph.refunds import queries
from ordergraph.refunds.actions import free, make_overdue_moves, send_by
from ordergraph.refunds.events import (
    RefundCanceled,
    RefundFailed,
    RefundHeld,
    RefundReleased,
    RefundResumed,
    RefundRetried,
)
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import (
    CHANGES,
    REFUND,
    RefundAction,
    RefundMethod,
    RefundStatus,
    why_not,
)
from ordergraph.refunds.refusals import HoldTooLong


async def release(tx: Tx, refund_id: UUID) -> Refund:
    """Send it now instead of at the promised date."""
    refund, _, role, status = await _begin(tx, refund_id, RefundAction.RELEASE)
    now = tx.now
    tx.finish(
        Batch([changed(refund, status=status, due_at=now, released_at=now, next_attempt_at=now)])
    )
    tx.emit(RefundReleased(order_id=refund.order_id, refund_id=refund.id), role)
    return refund


async def hold(tx: Tx, refund_id: UUID, until: datetime | None, note: str) -> Refund:
    """Keep it back while an operator looks into it; without `until`, for as long as possible."""
    refund, order, role, status = await _begin(tx, refund_id, RefundAction.HOLD)
    latest = longest_hold(tx.now, refund, order)
    until = latest if until is None else until
    if until > latest:
        raise HoldTooLong(latest)
    if until <= tx.now:
        raise InvalidInput(field="until", problem="must be in the future")
    await change(refund, status=status, hold_until=until, note=_said(note))
    tx.emit(RefundHeld(order_id=refund.order_id, refund_id=refund.id), role)
    return refund


def longest_hold(now: datetime, refund: Refund, order: Order) -> datetime:
    """Holding again and again does not put the money off for ever: the promise plus one hold is the end."""
    span = order.policy.span("hold_max_s")
    return min(now, refund.due_at) + span


async def resume(tx: Tx, refund_id: UUID) -> Refund:
    """End a hold: the promise stands as before."""
    refund, _, role, status = await _begin(tx, refund_id, RefundAction.RESUME)
    await change(refund, status=status, hold_until=None)
    tx.emit(RefundResumed(order_id=refund.order_id, refund_id=refund.id), role)
    return refund


async def cancel(tx: Tx, refund_id: UUID, note: str) -> Refund:
    """Call it off before it is sent; the money can be promised anew."""
    refund, _, role, status = await _begin(tx, refund_id, RefundAction.CANCEL)
    note = _said(note, required=True)
    await free(tx, refund)
    await change(refund, status=status, hold_until=None, note=note)
    tx.emit(RefundCanceled(order_id=refund.order_id, refund_id=refund.id), role)
    return refund


async def retry(tx: Tx, refund_id: UUID) -> Refund:
    """Try the same way once more; the gateway said no definitely, so the key is a fresh one."""
    refund, _, role, status = await _begin(tx, refund_id, RefundAction.RETRY)
    await change(refund, status=status, action_due_at=None, next_attempt_at=tx.now)
    tx.emit(RefundRetried(order_id=refund.order_id, refund_id=refund.id), role)
    return refund


async def change_method(
    tx: Tx, refund_id: UUID, method: RefundMethod, bank_reference: str
) -> Refund:
    """Send it another way: as store credit, or (an operator) as paid by hand under that reference."""
    refund, _, role, status = await _begin(tx, refund_id, RefundAction.CHANGE_METHOD)
    if method not in CHANGES[role]:
        raise InvalidInput(field="method", problem="not a way that you can choose")
    by_hand = method is RefundMethod.MANUAL
    paid_under = written(bank_reference, field="bankReference", limit=120, required=by_hand)
    if paid_under and not by_hand:
        raise InvalidInput(field="bankReference", problem="only for what was paid by hand")
    refund.bank_reference = paid_under or None
    await send_by(tx, refund, status, method, role)
    return refund


async def fail(tx: Tx, refund_id: UUID, note: str) -> Refund:
    """Give it up: the money is settled by other means, or not owed any more.

    The gateway may still answer for one that it has not answered for: then the books differ from its own,
    and `reconcile` says so.
    """
    refund, _, role, status = await _begin(tx, refund_id, RefundAction.FAIL)
    note = _said(note, required=True)
    await free(tx, refund)
    await change(refund, status=status, action_due_at=None, next_attempt_at=None, note=note)
    tx.emit(RefundFailed(order_id=refund.order_id, refund_id=refund.id), role)
    return refund


async def _begin(
    tx: Tx, refund_id: UUID, action: RefundAction
) -> tuple[Refund, Order, Role, RefundStatus]:
    """Lock it for somebody who may do this now, or refuse; say which state follows."""
    refund, order, role = await queries.lock(tx, refund_id)
    if refusal := why_not(action, refund, role, tx.now):
        raise refusal
    await make_overdue_moves(tx, refund)
    return refund, order, role, REFUND.after(action, refund.status, role)


def _said(note: str, *, required: bool = False) -> str:
    return written(note, field="note", limit=NOTE_LIMIT, required=required)
