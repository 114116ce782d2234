"""How orders of the big market are canceled and paid back, as rows."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ordergraph.cancellations.carrying import due_at
from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.plan import CancelPlan, Left, plan
from ordergraph.cancellations.process import CancellationStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.currencies import step_of
from ordergraph.marketplace.models import Reason
from ordergraph.orders import events as told
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.ledger.process import Posting
from ordergraph.refunds import events as refund_events
from ordergraph.refunds import process as refunds
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt, RefundLine
from seeds.lives import GATEWAY, SECOND, SELLER, SYSTEM, Life
from seeds.rows import change


def cancel(life: Life, at: datetime, role: Role, reason: Reason) -> Refund:
    """Cancel everything, and promise the money back."""
    return _carry_out(life, at, role, reason, None)


def cancel_one(life: Life, at: datetime, role: Role, reason: Reason) -> Refund:
    """Cancel one piece of the first line; there is more in the order."""
    return _carry_out(life, at, role, reason, {life.lines[0].id: 1})


def _carry_out(
    life: Life, at: datetime, role: Role, reason: Reason, picked: Mapping[UUID, int] | None
) -> Refund:
    order, book = life.order, life.book
    step = step_of(order.currency)
    left = Left(order.shipping_minor, order.total_minor, is_unsent=True, step=step)
    planned = plan(life.lines, left, picked)
    cancellation = book.add(
        Cancellation,
        at,
        order_id=order.id,
        status=CancellationStatus.APPROVED,
        version=1,
        whole=planned.whole,
        reason_id=reason.id,
        note="",
        requested_by=role,
        requested_by_id=book.people.get(role),
        requested_at=at,
        decided_at=at,
        decided_by=role,
    )
    ended = told.OrderCanceled if planned.whole else told.OrderLinesCanceled
    if planned.whole:
        change(order, status=OrderStatus.CANCELED, canceled_at=at)
    book.tell(ended(order_id=order.id, reason=reason.handle), role, at)
    refund = _promise(life, cancellation, planned, at)
    refund.due_at = due_at(at, order, reason, role)
    book.tell(refund_events.RefundScheduled(order_id=order.id, refund_id=refund.id), role, at)
    return refund


def _promise(life: Life, cancellation: Cancellation, planned: CancelPlan, at: datetime) -> Refund:
    parts = planned.parts
    refund = life.book.add(
        Refund,
        at,
        order_id=life.order.id,
        payment_id=life.payment.id,
        status=refunds.REFUND.start,
        version=1,
        cause=refunds.RefundCause.CANCELLATION,
        cause_id=cancellation.id,
        method=refunds.RefundMethod.ORIGINAL_PAYMENT,
        borne_by=Role.SELLER,
        note="",
        currency=life.order.currency,
        amount_minor=parts.minor,
        shipping_minor=parts.shipping_minor,
        adjustment_minor=parts.adjustment_minor,
        created_at=at,
    )
    life.post(Posting.REFUND_PROMISED, parts.minor, at, refund.id)
    _take_out(life, cancellation, refund, planned)
    return refund


def _take_out(life: Life, cancellation: Cancellation, refund: Refund, planned: CancelPlan) -> None:
    by_id, at = {line.id: line for line in life.lines}, refund.created_at
    for part in planned.parts.lines:
        line = by_id[part.line_id]
        line.canceled_quantity += part.quantity
        line.refunded_minor += part.amount_minor
        life.book.add(
            CancellationLine,
            at,
            cancellation_id=cancellation.id,
            order_line_id=line.id,
            quantity=part.quantity,
        )
        life.book.add(
            RefundLine,
            at,
            refund_id=refund.id,
            order_line_id=line.id,
            quantity=part.quantity,
            amount_minor=part.amount_minor,
        )


def give_back(life: Life, refund: Refund, released_at: datetime | None = None) -> None:
    """Send the money on its date, or when the seller released it."""
    order_id, at = refund.order_id, released_at or refund.due_at
    if released_at is None:
        life.book.tell(
            refund_events.RefundFellDue(order_id=order_id, refund_id=refund.id), SYSTEM, at
        )
    else:
        life.book.tell(
            refund_events.RefundReleased(order_id=order_id, refund_id=refund.id), SELLER, at
        )
    change(refund, due_at=at, released_at=released_at)
    sent_at = at + SECOND
    _attempt(life, refund, sent_at)
    succeeded = refund_events.RefundSucceeded(order_id=order_id, refund_id=refund.id)
    life.book.tell(succeeded, GATEWAY, sent_at)


def _attempt(life: Life, refund: Refund, at: datetime) -> None:
    entry = life.journal("REFUND", refund.id, refund.amount_minor, at)
    entry.idempotency_key = refund.idempotency_key
    life.book.add(
        RefundAttempt,
        at,
        refund_id=refund.id,
        number=1,
        idempotency_key=refund.idempotency_key,
        outcome=AttemptOutcome.SUCCEEDED,
        started_at=at,
        finished_at=at,
    )
    change(refund, attempts=1)  # the claim
    change(
        refund,
        status=refunds.RefundStatus.SUCCEEDED,
        sent_at=at,
        settled_at=at,
        gateway_reference=f"sandbox-{entry.id}",
        bank_reference=f"SBX{entry.id.int % 10**12:012d}",
    )
    life.post(Posting.REFUND_SENT, refund.amount_minor, at, refund.id)
