"""What people and clocks share: how a dispute ends, goes to the operator, or waits for the goods."""

from dataclasses import dataclass, replace
from uuid import UUID

from ordergraph.disputes import addresses, claims, offers, queries
from ordergraph.disputes.costs import Bill, bill
from ordergraph.disputes.decisions import recording
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import (
    DISPUTE,
    DisputeAction,
    answers,
    gives_time_back,
    remind_at,
    why_not,
)
from ordergraph.disputes.queries import Held
from ordergraph.disputes.quiet import queries as quiet
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DecidedBy, DisputeOutcome, DisputeStage
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order
from ordergraph.payments import actions as payments
from ordergraph.refunds import actions as refunds
from ordergraph.refunds.process import RefundCause


async def hold(tx: Tx, dispute_id: UUID, action: DisputeAction) -> Held:
    """Lock the dispute for somebody who may do this now, or refuse."""
    held = await queries.lock(tx, dispute_id)
    if refusal := why_not(action, held.dispute, held.role, tx.now):
        raise refusal
    return held


async def move(tx: Tx, held: Held, action: DisputeAction, **columns: object) -> Dispute:
    """Make a move of the table: the time of whoever it waits for now begins."""
    dispute, _, role = held
    before, after = dispute.status, DISPUTE.after(action, dispute.status, role)
    columns["status"] = after
    if dispute.answered_at is None and answers(action, role):
        columns["answered_at"] = tx.now
    dispute.update_from_dict(columns)
    await change(
        dispute,
        **columns,
        waits_since=tx.now,
        remind_at=remind_at(dispute, tx.now, given=0),
        reminders=0,
        extension_asked_s=None,
    )
    await recording.overtake(tx, dispute.id, before, after)
    return dispute


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a dispute ends. `approved` is what the buyer gets; None says that it was withdrawn.

    `borne_by`: SELLER, or OPERATOR where the marketplace pays.
    """

    action: DisputeAction
    decided_by: DecidedBy
    approved: Money | None
    cause: RefundCause = RefundCause.DISPUTE
    note: str | None = None
    borne_by: Role = Role.SELLER

    def outcome(self, requested: Money) -> DisputeOutcome:
        if self.approved is None:
            return DisputeOutcome.WITHDRAWN
        if self.approved.minor == 0:
            return DisputeOutcome.NO_REFUND
        whole = self.approved == requested
        return DisputeOutcome.REFUNDED_FULL if whole else DisputeOutcome.REFUNDED_PARTIAL


async def resolve(tx: Tx, held: Held, verdict: Verdict, **columns: object) -> Dispute:
    """End the dispute, let the order's own clocks run on, and promise what was approved."""
    dispute, order, _ = held
    approved = verdict.approved
    assert approved is None or approved <= dispute.requested, "never more than was asked for"
    await move(
        tx,
        held,
        verdict.action,
        outcome=verdict.outcome(dispute.requested),
        decided_by=verdict.decided_by,
        decision_note=verdict.note,
        approved_minor=approved.minor if approved else None,
        closed_at=tx.now,
        **columns,
    )
    await _end_talks(tx, dispute)
    first = await queries.is_first(dispute)
    await let_order_go_on(tx, order, give_back=gives_time_back(dispute, first=first))
    owed = _bill(dispute, approved.minor if approved else 0, verdict)
    if approved is not None and approved.minor > owed.deducted_minor:
        await _promise(tx, held, approved, verdict, owed)
    if owed.shares:
        shares = {kind: Money(minor, order.currency) for kind, minor in owed.shares.items()}
        await payments.pay_return(tx, order, dispute.id, shares)
    return dispute


async def let_order_go_on(tx: Tx, order: Order, *, give_back: bool) -> None:
    """A dispute, or an appeal, is over: the order's clocks run on, unless another one is open.

    Nothing else lets them run. The time is given back for the right to withdraw: whoever could not
    use it as long as something was open can do so afterwards.
    """
    if not await queries.goes_on(order.id):
        await orders.let_clocks_run(tx, order, give_back=give_back and order.policy.eu_withdrawal)


async def _end_talks(tx: Tx, dispute: Dispute) -> None:
    """It has come to terms, or to its end: nothing that still stands can be accepted, or meet."""
    await offers.end_all(tx, dispute.id)
    await quiet.forget(dispute.id)


def _bill(dispute: Dispute, approved_minor: int, verdict: Verdict) -> Bill:
    """What the return costs whom; what nobody sent back, or agreed on a cost of, costs nothing."""
    payer, cost_minor = dispute.return_paid_by, dispute.return_cost_minor
    if dispute.return_shipped_at is None or payer is None or not cost_minor:
        return Bill()
    return bill(cost_minor, payer, approved_minor, verdict.borne_by)


async def _promise(tx: Tx, held: Held, amount: Money, verdict: Verdict, owed: Bill) -> None:
    """Spread what was granted over lines and shipping; what the buyer owes comes off the whole."""
    dispute, order, role = held
    lines = (await order_queries.lines_of([order.id]))[order.id]
    about = (await queries.lines_of([dispute.id]))[dispute.id]
    parts = claims.parts(about, lines, amount)
    promise = refunds.Promise(
        cause=verdict.cause,
        cause_id=dispute.id,
        parts=replace(parts, adjustment_minor=-owed.deducted_minor),
        borne_by=verdict.borne_by,
        due_at=claims.refund_due(dispute, order.policy, tx.now),
    )
    await refunds.schedule(tx, order, promise, role)


async def to_operator(tx: Tx, held: Held, action: DisputeAction, **columns: object) -> Dispute:
    """Hand the dispute over: from now on the operator's own clock runs. Offers stand on."""
    return await move(
        tx,
        held,
        action,
        stage=DisputeStage.MEDIATION,
        decision_due_at=tx.now + held.order.policy.span("decision_s"),
        **columns,
    )


async def to_return(
    tx: Tx, held: Held, action: DisputeAction, terms: Terms, **columns: object
) -> Dispute:
    """Grant the money once the goods are back; the buyer's time to send them starts.

    What sending them costs is fixed here, by what the seller had said when the dispute was opened.
    `columns` go before what is usual.
    """
    assert terms.with_return, "somebody pays for sending the goods back"
    cost = await addresses.cost_of(held.order, held.dispute.opened_at)
    usual = {
        "return_cost_minor": cost.minor,
        "return_ship_by_at": tx.now + held.order.policy.span("return_ship_s"),
    }
    granted = {"approved_minor": terms.amount.minor, "return_paid_by": terms.return_paid_by}
    await move(tx, held, action, **(granted | usual | columns))
    await _end_talks(tx, held.dispute)
    return held.dispute
