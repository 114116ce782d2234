"""What the parties do in a dispute. Its thread is in thread.py, what operators decide in decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from ordergraph.disputes import offers, queries, thread
from ordergraph.disputes.bargaining import agree, say_no
from ordergraph.disputes.beginning import Beginning, Piece, begin
from ordergraph.disputes.events import (
    DisputeEscalated,
    DisputeWithdrawn,
)
from ordergraph.disputes.evidence import NewEvidence, add_evidence
from ordergraph.disputes.ground import Ground, OpenDisputes, why_not_open
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.pieces import pieces
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.rules import actions as rules
from ordergraph.disputes.settling import Verdict, hold, resolve, to_operator
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import PAYS, Terms
from ordergraph.disputes.words import (
    DecidedBy,
    ResolutionAsked,
)
from ordergraph.infra.database import Tx
from ordergraph.infra.turns import OPENING, take_turn
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput
from ordergraph.kernel.text import MESSAGE_LIMIT, NOTE_LIMIT, written
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.models import Fault, Reason, ReasonContext
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order
from ordergraph.payments import queries as payments
from ordergraph.payments.catching_up import make_overdue_moves
from ordergraph.refunds import queries as refunds


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDispute:
    """What the buyer complains of, asks for and shows; `lines`: how many of which, None for no word."""

    order_id: UUID
    reason_handle: str
    description: str
    amount: Money
    asked: ResolutionAsked
    lines: Mapping[UUID, int] | None = None
    evidence: Sequence[NewEvidence] = ()


async def open_dispute(tx: Tx, new: NewDispute) -> Dispute:
    """The buyer asks for money back, once the parcel has come, is overdue, or counts as there.

    What they show is there before a rule of the seller's may end it.
    """
    order, role = await order_queries.lock(tx, new.order_id)
    await make_overdue_moves(tx, order)
    reason = await _reason(tx, order, role, new)
    about = await pieces(order, new.lines, new.amount)
    beginning = Beginning(
        reason=reason,
        description=written(
            new.description, field="description", limit=MESSAGE_LIMIT, required=True
        ),
        asked=new.asked,
        terms=asked_for(new, reason.fault),
        pieces=[Piece(line_id, quantity) for line_id, quantity in about.items()],
    )
    held = await begin(tx, order, beginning)
    await add_evidence(tx, held, new.evidence)
    await rules.apply(tx, held, reason.handle)
    return held.dispute


def asked_for(new: NewDispute, fault: Fault) -> Terms:
    """What the buyer proposes by opening; whose fault the reason is pays for sending goods back."""
    goods_first = new.asked is ResolutionAsked.RETURN_AND_REFUND
    return Terms(amount=new.amount, return_paid_by=PAYS[fault] if goods_first else None)


async def _reason(tx: Tx, order: Order, role: Role, new: NewDispute) -> Reason:
    """Return the reason, if this order may be disputed for it, and for that much.

    One opening at a time for each buyer, so that two at once are counted one after the other.
    """
    await take_turn(OPENING, order.buyer_id)
    counts = await queries.open_of_buyers([order.buyer_id])
    others = OpenDisputes(counts.get(order.buyer_id, 0), order.policy.open_disputes_most)
    latest = queries.standing((await queries.of_orders([order.id]))[order.id])
    left = await refunds.left_over(await payments.of_order(order.id))
    ground = Ground(order, latest, left, others)
    if refusal := why_not_open(ground, None, role, tx.now):
        raise refusal
    reason = await marketplace.pick(ReasonContext.DISPUTE, new.reason_handle, role)
    if refusal := why_not_open(ground, reason.handle, role, tx.now):
        raise refusal
    if new.amount.minor <= 0:
        raise InvalidInput(field="amount", problem="must be more than zero")
    if left < new.amount:
        raise AmountTooHigh(maximum=left)
    return reason


async def accept(tx: Tx, dispute_id: UUID) -> Dispute:
    """The seller grants what the buyer asks for: the money, or the money once the goods are back."""
    held = await hold(tx, dispute_id, A.ACCEPT)
    return await agree(tx, held, await offers.asked(held.dispute))


async def refuse(tx: Tx, dispute_id: UUID, note: str) -> Dispute:
    """The seller says no, and why, in the thread; the buyer may escalate."""
    held = await hold(tx, dispute_id, A.REFUSE)
    return await say_no(tx, held, await offers.asked(held.dispute), note)


async def withdraw(tx: Tx, dispute_id: UUID) -> Dispute:
    """The buyer takes it back; another one may follow, unless an operator has looked at this one."""
    held = await hold(tx, dispute_id, A.WITHDRAW)
    dispute, order, _ = held
    await resolve(tx, held, Verdict(action=A.WITHDRAW, decided_by=DecidedBy.BUYER, approved=None))
    await tell(tx, held, DisputeWithdrawn(order_id=order.id, dispute_id=dispute.id))
    return dispute


async def escalate(tx: Tx, dispute_id: UUID, note: str) -> Dispute:
    """The buyer asks the operator to decide; what they write goes into the thread."""
    held = await hold(tx, dispute_id, A.ESCALATE)
    dispute, order, _ = held
    text = written(note, field="note", limit=NOTE_LIMIT)
    await to_operator(tx, held, A.ESCALATE)
    await tell(tx, held, DisputeEscalated(order_id=order.id, dispute_id=dispute.id))
    if text:
        await thread.add(tx, held, text)
    return dispute
