"""What happens in a dispute by itself: one function for each clock of the table of moves."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

from ordergraph.disputes import offers
from ordergraph.disputes.events import (
    DisputeAccepted,
    DisputeClosedByDeadline,
    DisputeEscalated,
    DisputeReminder,
)
from ordergraph.disputes.ground import DELIVERY_REASONS, may_never_have_come
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.process import next_deadline, remind_at, reminders_due, waits_for
from ordergraph.disputes.queries import Held
from ordergraph.disputes.returns import count_returned
from ordergraph.disputes.settling import Verdict, resolve, to_operator, to_return
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DecidedBy
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind
from ordergraph.kernel.money import Money
from ordergraph.marketplace.models import Reason
from ordergraph.orders import queries as order_queries
from ordergraph.refunds.process import RefundCause


async def fall_due(tx: Tx, dispute: Dispute) -> None:
    """Do what the dispute's first clock announced. The caller has claimed the row.

    Two clocks run while the sides negotiate. Whichever of them found the row, the one that fires
    first acts, so a worker that comes late to both reaches the same end as one in time.
    """
    deadline = next_deadline(dispute)
    assert deadline is not None, "only a dispute that waits falls due"
    assert deadline.due_at <= tx.now, "it is not due yet"
    order, role = await order_queries.lock(tx, dispute.order_id)
    await AT_ITS_TIME[deadline.timer.kind](tx, Held(dispute, order, role))


async def remind(tx: Tx, dispute: Dispute) -> None:
    """Tell the side it waits for that its time runs out. The caller has claimed the row.

    A late worker tells it once; where the time is over already, what was announced happens, and
    there is nothing left to remind of.
    """
    deadline, since = next_deadline(dispute), dispute.waits_since
    assert deadline is not None, "only a dispute that waits is reminded of"
    assert since is not None, "a turn has begun"
    given = reminders_due(dispute, since, tx.now)
    dispute.reminders, dispute.remind_at = given, remind_at(dispute, since, given)
    over = deadline.due_at <= tx.now
    if over:
        dispute.remind_at = None
    await dispute.save(update_fields=["reminders", "remind_at"])  # nobody watches these: no version
    if over:
        return
    order, role = await order_queries.lock(tx, dispute.order_id)
    event = DisputeReminder(
        order_id=order.id,
        dispute_id=dispute.id,
        waiting_for=waits_for(dispute.status),
        due_at=deadline.due_at,
    )
    await tell(tx, Held(dispute, order, role), event)


async def seller_silent(tx: Tx, held: Held) -> None:
    """Silence grants what was asked for, unless the carrier proves what the buyer denies."""
    dispute, order, _ = held
    asked = await offers.asked(dispute)
    if order.proven_delivered and await _not_received(dispute.reason_id):
        await _escalate(tx, held, A.SELLER_SILENT_DELIVERED)
    elif asked.return_paid_by is not None:
        await to_return(tx, held, A.SELLER_SILENT_RETURN, Terms.of(asked))
        await tell(tx, held, DisputeAccepted(order_id=order.id, dispute_id=dispute.id))
    else:
        verdict = _refund(A.SELLER_SILENT, asked.amount, RefundCause.DISPUTE)
        await _close(tx, held, verdict)


async def buyer_silent(tx: Tx, held: Held) -> None:
    """The seller refused and the buyer let it rest: no refund."""
    await _close(tx, held, _no_refund(held, A.BUYER_SILENT))


async def negotiation_over(tx: Tx, held: Held) -> None:
    """The two could not agree in time: the operator decides."""
    await _escalate(tx, held, A.NEGOTIATION_OVER)


async def return_not_shipped(tx: Tx, held: Held) -> None:
    """The goods were to go back and did not: no refund, unless they may never have come."""
    dispute, order, _ = held
    reason = await Reason.get(id=dispute.reason_id)
    if may_never_have_come(order, dispute, reason.handle):
        await _escalate(tx, held, A.NOTHING_TO_RETURN)
    else:
        await _close(tx, held, _no_refund(held, A.RETURN_NOT_SHIPPED))


async def return_not_acknowledged(tx: Tx, held: Held) -> None:
    """The seller said nothing about the goods that came back: they count as received."""
    granted = _granted(held)
    verdict = _refund(A.RETURN_NOT_ACKNOWLEDGED, granted, RefundCause.RETURN)
    await _close(tx, held, verdict)
    await count_returned(held)


async def review_overdue(tx: Tx, held: Held) -> None:
    """The operator did not decide: the buyer is refunded, and the marketplace bears the cost."""
    verdict = _refund(A.REVIEW_OVERDUE, _granted(held), RefundCause.DISPUTE)
    await _close(tx, held, replace(verdict, borne_by=Role.OPERATOR))


AT_ITS_TIME: Final[dict[DeadlineKind, Callable[[Tx, Held], Awaitable[None]]]] = {
    DeadlineKind.SELLER_RESPONSE_DUE: seller_silent,
    DeadlineKind.BUYER_RESPONSE_DUE: buyer_silent,
    DeadlineKind.NEGOTIATION_ENDS: negotiation_over,
    DeadlineKind.RETURN_SHIP_BY: return_not_shipped,
    DeadlineKind.RETURN_ACKNOWLEDGE_BY: return_not_acknowledged,
    DeadlineKind.DECISION_DUE: review_overdue,
}


async def _not_received(reason_id: UUID) -> bool:
    return (await Reason.get(id=reason_id)).handle in DELIVERY_REASONS


def _granted(held: Held) -> Money:
    """What was agreed on before the goods went back, or else all that was asked for."""
    return held.dispute.approved or held.dispute.requested


def _refund(action: A, approved: Money, cause: RefundCause) -> Verdict:
    return Verdict(action=action, decided_by=DecidedBy.DEADLINE, approved=approved, cause=cause)


def _no_refund(held: Held, action: A) -> Verdict:
    nothing = Money(0, held.dispute.currency)
    return Verdict(action=action, decided_by=DecidedBy.DEADLINE, approved=nothing)


async def _escalate(tx: Tx, held: Held, action: A) -> None:
    dispute = await to_operator(tx, held, action)
    await tell(tx, held, DisputeEscalated(order_id=dispute.order_id, dispute_id=dispute.id))


async def _close(tx: Tx, held: Held, verdict: Verdict) -> None:
    dispute = await resolve(tx, held, verdict)
    event = DisputeClosedByDeadline(
        order_id=dispute.order_id,
        dispute_id=dispute.id,
        move=verdict.action,
        outcome=verdict.outcome(dispute.requested),
        platform_pays=verdict.borne_by is Role.OPERATOR,
    )
    await tell(tx, held, event)
