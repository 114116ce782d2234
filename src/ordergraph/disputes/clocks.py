"""What happens in a dispute by itself: one function for each clock of the table of moves.

Each gets a row that a sweep has claimed, order and dispute locked, and does nothing unless its
clock is the one that fires first: a late worker reaches the same end as one in time.
"""

from uuid import UUID

from ordergraph.disputes.events import (
    DisputeAccepted,
    DisputeClosedByDeadline,
    DisputeEscalated,
)
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import (
    DELIVERY_REASONS,
    TIMERS,
    DecidedBy,
    ResolutionAsked,
    next_deadline,
)
from ordergraph.disputes.process import (
    DisputeAction as A,
)
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import Verdict, resolve, to_operator, to_return
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.marketplace.models import Reason
from ordergraph.orders import queries as order_queries
from ordergraph.refunds.process import RefundCause


async def seller_silent(tx: Tx, dispute: Dispute) -> None:
    """Silence grants what was asked for, unless the carrier proves what the buyer denies."""
    held = await _fired(tx, dispute, "seller_response_due_at")
    if held is None:
        return
    if held.order.proven_delivered and await _not_received(dispute.reason_id):
        await _escalate(tx, held, A.SELLER_SILENT_DELIVERED)
    elif dispute.asked is ResolutionAsked.RETURN_AND_REFUND:
        await to_return(tx, held, A.SELLER_SILENT_RETURN)
        tx.emit(DisputeAccepted(order_id=dispute.order_id, dispute_id=dispute.id), Role.SYSTEM)
    else:
        await _close(tx, held, _verdict(A.SELLER_SILENT, dispute.requested))


async def buyer_silent(tx: Tx, dispute: Dispute) -> None:
    """The seller refused and the buyer let it rest: no refund."""
    if held := await _fired(tx, dispute, "buyer_response_due_at"):
        await _close(tx, held, _verdict(A.BUYER_SILENT, Money(0, dispute.currency)))


async def negotiation_over(tx: Tx, dispute: Dispute) -> None:
    """The two could not agree in time: the operator decides."""
    if held := await _fired(tx, dispute, "negotiation_ends_at"):
        await _escalate(tx, held, A.NEGOTIATION_OVER)


async def return_not_shipped(tx: Tx, dispute: Dispute) -> None:
    """The goods were to go back and did not: no refund."""
    if held := await _fired(tx, dispute, "return_ship_by_at"):
        await _close(tx, held, _verdict(A.RETURN_NOT_SHIPPED, Money(0, dispute.currency)))


async def return_not_acknowledged(tx: Tx, dispute: Dispute) -> None:
    """The seller said nothing about the goods that came back: they count as received."""
    if held := await _fired(tx, dispute, "return_acknowledge_by_at"):
        verdict = _verdict(A.RETURN_NOT_ACKNOWLEDGED, dispute.requested, RefundCause.RETURN)
        await _close(tx, held, verdict)


async def review_overdue(tx: Tx, dispute: Dispute) -> None:
    """The operator did not decide: the buyer is refunded, and the marketplace bears the cost."""
    if held := await _fired(tx, dispute, "decision_due_at"):
        await _close(tx, held, _verdict(A.REVIEW_OVERDUE, dispute.requested))


async def _fired(tx: Tx, dispute: Dispute, column: str) -> Held | None:
    deadline = next_deadline(dispute)
    if deadline is None or deadline.timer is not TIMERS[column] or tx.now < deadline.due_at:
        return None
    order, role = await order_queries.lock(tx, dispute.order_id)
    return Held(dispute, order, role)


async def _not_received(reason_id: UUID) -> bool:
    return (await Reason.get(id=reason_id)).handle in DELIVERY_REASONS


def _verdict(action: A, approved: Money, cause: RefundCause = RefundCause.DISPUTE) -> Verdict:
    return Verdict(action=action, decided_by=DecidedBy.DEADLINE, approved=approved, cause=cause)


async def _escalate(tx: Tx, held: Held, action: A) -> None:
    dispute = await to_operator(tx, held, action)
    tx.emit(DisputeEscalated(order_id=dispute.order_id, dispute_id=dispute.id), held.role)


async def _close(tx: Tx, held: Held, verdict: Verdict) -> None:
    deadline = next_deadline(held.dispute)
    assert deadline is not None, "a clock has fired"
    dispute = await resolve(tx, held, verdict)
    event = DisputeClosedByDeadline(
        order_id=dispute.order_id,
        dispute_id=dispute.id,
        deadline=deadline.timer.kind,
        outcome=verdict.outcome(dispute.requested),
        platform_pays=verdict.action is A.REVIEW_OVERDUE,
    )
    tx.emit(event, held.role)
