"""Bargaining: what a side proposes, and what the other says to it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from ordergraph.disputes import deal, offers, queries, thread
from ordergraph.disputes.events import (
    DisputeAccepted,
    DisputeRefused,
    OfferAccepted,
    OfferDeclined,
    OfferEvent,
    OfferMade,
    OfferWithdrawn,
)
from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.process import DISPUTE
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import Verdict, move, resolve, to_return
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import PAYS, Terms
from ordergraph.disputes.words import DecidedBy, DisputeStatus, OfferStatus, ShippingPayer
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.refusal import InvalidInput, NotFound
from ordergraph.kernel.text import NOTE_LIMIT, written
from ordergraph.marketplace.models import Reason

# fmt: off
ANSWER_DUE: Final[Mapping[DisputeStatus, tuple[str, str]]] = {
    # whose turn begins             the clock                  the number of the policy
    DisputeStatus.AWAITING_BUYER:  ("buyer_response_due_at",  "buyer_response_s"),
    DisputeStatus.AWAITING_SELLER: ("seller_response_due_at", "seller_response_s"),
}
# fmt: on


async def make_offer(tx: Tx, dispute_id: UUID, terms: Terms, note: str) -> Offer:
    """Propose other terms; in the negotiation it is the other side's turn then."""
    held = await queries.lock(tx, dispute_id)
    dispute, _, role = held
    made = await offers.of_dispute(dispute_id).count()
    if refusal := deal.why_not_make(made, dispute, role, tx.now):
        raise refusal
    text = written(note, field="note", limit=NOTE_LIMIT)
    terms.check(dispute.requested)
    await _check_payer(dispute, terms)
    offer = await offers.put(tx, held, terms, role)
    await _hand_over(tx, held)
    await tell(tx, held, told(OfferMade, held, offer))
    await _say(tx, held, text)
    return offer


async def _check_payer(dispute: Dispute, terms: Terms) -> None:
    """Two sides cannot agree at a third one's cost: the marketplace pays for its own fault only."""
    if terms.return_paid_by is not ShippingPayer.PLATFORM:
        return
    reason = await Reason.get(id=dispute.reason_id)
    if PAYS[reason.fault] is not ShippingPayer.PLATFORM:
        raise InvalidInput(field="returnPaidBy", problem="the marketplace has not agreed to pay")


async def _hand_over(tx: Tx, held: Held) -> None:
    """Under review nobody's turn changes; the operator decides whenever they like."""
    dispute, order, role = held
    to = DISPUTE.after(A.COUNTER_OFFER, dispute.status, role)
    if to is dispute.status:
        await change(dispute)
    else:
        column, span = ANSWER_DUE[to]
        await move(tx, held, A.COUNTER_OFFER, **{column: tx.now + order.policy.span(span)})


async def accept_offer(tx: Tx, offer_id: UUID) -> Offer:
    """Agree to what the other side proposes: it is settled at once, or once the goods are back."""
    held, offer = await _hold(tx, offer_id)
    dispute, _, role = held
    if refusal := deal.why_not_accept(offer, dispute, role, tx.now):
        raise refusal
    await agree(tx, held, offer)
    return offer


async def decline_offer(tx: Tx, offer_id: UUID, note: str) -> Offer:
    """Say no. While the seller has to answer, that refuses the dispute, and needs a text."""
    held, offer = await _hold(tx, offer_id)
    dispute, _, role = held
    if refusal := deal.why_not_decline(offer, dispute, role, tx.now):
        raise refusal
    if deal.declining(dispute.status, role) is A.REFUSE:
        await say_no(tx, held, offer, note)
        return offer
    text = written(note, field="note", limit=NOTE_LIMIT)
    await offers.end(tx, offer, OfferStatus.DECLINED)
    await change(dispute)
    await tell(tx, held, told(OfferDeclined, held, offer))
    await _say(tx, held, text)
    return offer


async def withdraw_offer(tx: Tx, offer_id: UUID) -> Offer:
    """Take one's own offer back, as long as nobody has accepted it."""
    held, offer = await _hold(tx, offer_id)
    dispute, _, role = held
    if refusal := deal.why_not_withdraw(offer, dispute, role, tx.now):
        raise refusal
    await offers.end(tx, offer, OfferStatus.WITHDRAWN)
    await change(dispute)
    await tell(tx, held, told(OfferWithdrawn, held, offer))
    return offer


async def _hold(tx: Tx, offer_id: UUID) -> tuple[Held, Offer]:
    """Lock the offer's dispute, and read the offer again: it may just have been answered."""
    offer = await offers.visible_to(tx.actor).get_or_none(id=offer_id)
    if offer is None:
        raise NotFound(what="offer")
    held = await queries.lock(tx, offer.dispute_id)
    await offer.refresh_from_db()
    return held, offer


async def agree(tx: Tx, held: Held, offer: Offer) -> Dispute:
    """Both want the same now: the money goes back, or follows the goods."""
    dispute, order, role = held
    action, terms = deal.accepting(offer, dispute.status, role), Terms.of(offer)
    granted = action in {A.ACCEPT, A.ACCEPT_RETURN}
    await offers.end(tx, offer, OfferStatus.ACCEPTED)
    if terms.with_return:
        await to_return(tx, held, action, terms)
    else:
        decided_by = DecidedBy.SELLER if granted else DecidedBy.AGREEMENT
        verdict = Verdict(action=action, decided_by=decided_by, approved=terms.amount)
        await resolve(tx, held, verdict)
    if granted:
        await tell(tx, held, DisputeAccepted(order_id=order.id, dispute_id=dispute.id))
    else:
        await tell(tx, held, told(OfferAccepted, held, offer))
    return dispute


async def say_no(tx: Tx, held: Held, offer: Offer, note: str) -> Dispute:
    """The seller says no, and why, in the thread; it is the buyer's turn."""
    dispute, order, _ = held
    text = written(note, field="note", limit=NOTE_LIMIT, required=True)
    await offers.end(tx, offer, OfferStatus.DECLINED)
    due_at = tx.now + order.policy.span("buyer_response_s")
    await move(tx, held, A.REFUSE, buyer_response_due_at=due_at)
    await tell(tx, held, DisputeRefused(order_id=order.id, dispute_id=dispute.id))
    await thread.add(tx, held, text)
    return dispute


def told(kind: type[OfferEvent], held: Held, offer: Offer) -> OfferEvent:
    """The event of something that happened to an offer."""
    return kind(
        order_id=held.order.id,
        dispute_id=held.dispute.id,
        offer_id=offer.id,
        amount_minor=offer.amount_minor,
        return_paid_by=offer.return_paid_by,
    )


async def _say(tx: Tx, held: Held, text: str) -> None:
    if text:
        await thread.add(tx, held, text)
