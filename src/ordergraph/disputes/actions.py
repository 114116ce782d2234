"""What the parties do in a dispute. Its thread is in thread.py, what operators decide in decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ordergraph.disputes import claims, offers, queries, thread
from ordergraph.disputes.bargaining import agree, say_no
from ordergraph.disputes.events import (
    DisputeEscalated,
    DisputeOpened,
    DisputeWithdrawn,
    ReturnAcknowledged,
    ReturnShipped,
)
from ordergraph.disputes.ground import Ground, OpenDisputes, why_not_open
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.pieces import pieces, write_lines
from ordergraph.disputes.process import DISPUTE, remind_at
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.queries import Held
from ordergraph.disputes.returns import count_returned
from ordergraph.disputes.rules import actions as rules
from ordergraph.disputes.settling import Verdict, hold, move, resolve, to_operator
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import PAYS, Terms
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeStage,
    ResolutionAsked,
    ReturnAcknowledgement,
)
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.infra.turns import OPENING, take_turn
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput
from ordergraph.kernel.text import MESSAGE_LIMIT, NOTE_LIMIT, written
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.models import Fault, Reason, ReasonContext
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order
from ordergraph.payments import queries as payments
from ordergraph.refunds.process import RefundCause


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDispute:
    """What the buyer complains of, and asks for; `lines`: how many of which, or None for no word."""

    order_id: UUID
    reason_handle: str
    description: str
    amount: Money
    asked: ResolutionAsked
    lines: Mapping[UUID, int] | None = None


async def open_dispute(tx: Tx, new: NewDispute) -> Dispute:
    """The buyer asks for money back: an overdue parcel, or any reason once it has come."""
    order, role = await order_queries.lock(tx, new.order_id)
    reason = await _reason(tx, order, role, new)
    about = await pieces(order, new.lines, new.amount)
    description = written(new.description, field="description", limit=MESSAGE_LIMIT, required=True)
    policy = order.policy
    dispute = Dispute(
        order_id=order.id,
        status=DISPUTE.start,
        stage=DisputeStage.NEGOTIATION,
        version=1,
        reason_id=reason.id,
        description=description,
        asked=new.asked,
        currency=order.currency,
        requested_minor=new.amount.minor,
        opened_at=tx.now,
        waits_since=tx.now,
        seller_response_due_at=tx.now + policy.span("seller_response_s"),
        negotiation_ends_at=tx.now + policy.span("negotiation_s"),
    )
    dispute.remind_at = remind_at(dispute, tx.now, given=0)
    await dispute.save(force_create=True)
    await write_lines(dispute, about)
    held = Held(dispute, order, role)
    await offers.put(tx, held, asked_for(new, reason.fault), Role.BUYER)
    await orders.set_disputed(tx, order, disputed=True)
    event = DisputeOpened(order_id=order.id, dispute_id=dispute.id, reason=reason.handle)
    await tell(tx, held, event)
    await rules.apply(tx, held, reason.handle)
    return dispute


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
    latest = (await queries.newest_of_orders([order.id])).get(order.id)
    payment = await payments.of_order(order.id)
    ground = Ground(order, latest, payment.refundable, others)
    if refusal := why_not_open(ground, None, role, tx.now):
        raise refusal
    reason = await marketplace.pick(ReasonContext.DISPUTE, new.reason_handle, role)
    if refusal := why_not_open(ground, reason.handle, role, tx.now):
        raise refusal
    if new.amount.minor <= 0:
        raise InvalidInput(field="amount", problem="must be more than zero")
    if payment.refundable < new.amount:
        raise AmountTooHigh(maximum=payment.refundable)
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
    """The buyer takes it back; while the protection lasts there may be another one."""
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


@dataclass(frozen=True, slots=True)
class ReturnParcel:
    """Who carries the goods back, and the carrier's number: without one nobody can look."""

    carrier: str
    tracking_number: str


async def ship_return(tx: Tx, dispute_id: UUID, parcel: ReturnParcel) -> Dispute:
    """The buyer hands the goods to a carrier; the seller's time to acknowledge them starts."""
    held = await hold(tx, dispute_id, A.SHIP_RETURN)
    dispute, order, _ = held
    await move(
        tx,
        held,
        A.SHIP_RETURN,
        return_carrier=written(parcel.carrier, field="carrier", limit=60, required=True),
        return_tracking_number=written(
            parcel.tracking_number, field="trackingNumber", limit=80, required=True
        ),
        return_shipped_at=tx.now,
        return_delivered_at=None,
        return_answer=None,
        return_acknowledge_by_at=claims.acknowledge_by(dispute, order.policy, tx.now),
    )
    await tell(tx, held, ReturnShipped(order_id=order.id, dispute_id=dispute.id))
    return dispute


async def acknowledge_return(tx: Tx, dispute_id: UUID) -> Dispute:
    """The seller has the goods; the money goes back as was granted, less what the buyer pays."""
    held = await hold(tx, dispute_id, A.ACKNOWLEDGE_RETURN)
    dispute, order, _ = held
    verdict = Verdict(
        action=A.ACKNOWLEDGE_RETURN,
        decided_by=DecidedBy.SELLER,
        approved=dispute.approved,
        cause=RefundCause.RETURN,
    )
    await resolve(tx, held, verdict)
    await change(dispute, return_answer=ReturnAcknowledgement.ITEM_RECEIVED)
    await count_returned(held)
    await tell(tx, held, ReturnAcknowledged(order_id=order.id, dispute_id=dispute.id))
    return dispute
