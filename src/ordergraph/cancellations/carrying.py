"""Carrying out a decision to cancel: take the pieces out, end the order, promise the money back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.cancellations import queries
from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.plan import CancelPlan, plan
from ordergraph.infra.database import Tx
from ordergraph.infra.writing import Batch, Increase, Write, increase, insert_all
from ordergraph.kernel.actor import Role
from ordergraph.marketplace.models import Fault, Reason
from ordergraph.orders import actions as orders
from ordergraph.orders.events import OrderCanceled, OrderLinesCanceled
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import ORDER, OrderAction
from ordergraph.payments.models import Payment
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
    """Who ends what by which move of the order's table, and why; by when the law wants it refunded.

    `since`: when that was so, if it is only written down now.
    """

    order: Order
    payment: Payment
    action: OrderAction
    role: Role
    reason: Reason
    plan: CancelPlan
    refund_by: datetime | None = None
    since: datetime | None = None


async def planned(
    order: Order, contents: queries.Contents, picked: Mapping[UUID, int] | None
) -> CancelPlan:
    """Plan over the rows as they are. The caller holds the order's lock."""
    left = await queries.left_of(order, contents)
    return plan(contents.lines, left, picked)


def due_at(now: datetime, order: Order, reason: Reason, asked_by: Role) -> datetime:
    """When the money is sent at the latest: at once if the seller's side says it was their fault.

    A buyer cannot shorten the wait by naming the seller's fault.
    """
    if reason.fault is Fault.SELLER and asked_by is not Role.BUYER:
        return now
    return now + order.policy.span("refund_delay_s")


async def carry_out(
    tx: Tx, decision: Decision, cancellation: Cancellation, written: Write
) -> Canceled:
    """Do what was decided, all in one statement with what is `written` of the cancellation itself."""
    done, batch = carried_out(tx, decision, cancellation, written)
    await batch.send()
    return done


def carried_out(
    tx: Tx, decision: Decision, cancellation: Cancellation, written: Write
) -> tuple[Canceled, Batch]:
    """As `carry_out`, to be sent. Nothing goes back where nothing is left, or nothing was paid."""
    order, parts = decision.order, decision.plan.parts
    writes = [written, *_taken_out(decision, cancellation), *_ended(tx, decision)]
    if not parts.minor:
        return Canceled(order, cancellation, None), Batch(writes)
    since = decision.since or tx.now
    due = due_at(since, order, decision.reason, Role[cancellation.requested_by])
    promise = refunds.Promise(
        cause=RefundCause.CANCELLATION,
        cause_id=cancellation.id,
        parts=parts,
        due_at=max(min(due, decision.refund_by or due), tx.now),
    )
    refund, batch = refunds.scheduled(
        tx, order, promise, decision.role, *writes, payment=decision.payment
    )
    return Canceled(order, cancellation, refund), batch


def lines_of(cancellation: Cancellation, decided: CancelPlan) -> Iterator[Write]:
    """How many of which line it is about."""
    parts = decided.parts.lines
    if parts:
        yield insert_all(
            CancellationLine,
            [
                {
                    "cancellation_id": cancellation.id,
                    "order_line_id": part.line_id,
                    "quantity": part.quantity,
                }
                for part in parts
            ],
        )


def _taken_out(decision: Decision, cancellation: Cancellation) -> Iterator[Write | Increase]:
    yield from lines_of(cancellation, decision.plan)
    parts = decision.plan.parts.lines
    if parts:
        yield increase(
            OrderLine, {part.line_id: {"canceled_quantity": part.quantity} for part in parts}
        )


def _ended(tx: Tx, decision: Decision) -> Iterator[Write]:
    order, role, reason = decision.order, decision.role, decision.reason
    if not decision.plan.whole:
        ORDER.after(OrderAction.CANCEL_LINES, order.status, role)
        tx.emit(OrderLinesCanceled(order_id=order.id, reason=reason.handle), role)
        return
    yield orders.canceled(tx, order, decision.action, role, decision.since)
    tx.emit(OrderCanceled(order_id=order.id, reason=reason.handle), role)
