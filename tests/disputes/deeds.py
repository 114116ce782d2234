"""Each thing that people do in a dispute, as one row, to be tried by everybody in every state."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from ordergraph.disputes import (
    actions,
    bargaining,
    evidence,
    extending,
    offers,
    returns,
    reviewing,
    thread,
)
from ordergraph.disputes.deal import newest
from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.quiet import actions as quiet
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import (
    DisputeParty,
    DisputeStatus,
    EvidenceType,
    ReturnAcknowledgement,
    ShippingPayer,
)
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from tests.disputes.court import TOTAL, act, decided, disputed
from tests.market import ADA, LAMPS, OLGA, Market

BUYER = DisputeParty.BUYER
EMPTY = ReturnAcknowledgement.EMPTY_PACKAGE_OR_DIFFERENT
SHOWN = evidence.NewEvidence(type=EvidenceType.OTHER, note="See.")
PARCEL = returns.Parcel("DHL", "RT-1")
HALF = Terms(amount=Money(4235, "EUR"))
GOODS_BACK = Terms(amount=TOTAL, return_paid_by=ShippingPayer.SELLER)
OTHER = {ADA: Role.SELLER, LAMPS: Role.BUYER, OLGA: Role.SELLER}
ROLES = {Role.BUYER: ADA, Role.SELLER: LAMPS, Role.OPERATOR: OLGA}


async def offer_of(dispute: Dispute, by: Role) -> Offer:
    """The newest one of this side; where there is none, one that nobody has ever seen."""
    rows = await offers.of_dispute(dispute.id)
    found = newest(rows, by)
    return found if isinstance(found, Offer) else Offer(id=uuid4())


async def answer(
    market: Market, who: Actor, deed: Callable[..., Any], dispute: Dispute, *given: object
) -> Any:
    """Answer what the other side proposed last."""
    offer = await offer_of(dispute, OTHER[who])
    return await act(market, who, deed, offer.id, *given)


async def take_back(market: Market, who: Actor, dispute: Dispute) -> Any:
    role = next(role for role, someone in ROLES.items() if someone is who)
    offer = await offer_of(dispute, role)
    return await act(market, who, bargaining.withdraw_offer, offer.id)


async def settle_quietly(market: Market, who: Actor, dispute: Dispute) -> Any:
    """The other side has said what it would settle for, and now this one does."""
    for side in {ADA: [LAMPS], LAMPS: [ADA]}.get(who, []):
        await act(market, side, quiet.set_limit, dispute.id, TOTAL)
    return await act(market, who, quiet.set_limit, dispute.id, TOTAL)


Doing = Callable[[Market, Actor, Dispute], Awaitable[Any]]


def accept(market: Market, who: Actor, dispute: Dispute) -> Awaitable[Any]:
    return act(market, who, actions.accept, dispute.id)


def accept_offer(market: Market, who: Actor, dispute: Dispute) -> Awaitable[Any]:
    return answer(market, who, bargaining.accept_offer, dispute)


# fmt: off
DOING: dict[DisputeAction, Doing] = {
    A.ACCEPT:              accept,
    A.ACCEPT_RETURN:       accept,
    A.REFUSE:              lambda m, who, d: act(m, who, actions.refuse, d.id, "No."),
    A.WITHDRAW:            lambda m, who, d: act(m, who, actions.withdraw, d.id),
    A.COUNTER_OFFER:       lambda m, who, d: act(m, who, bargaining.make_offer, d.id, HALF, ""),
    A.ACCEPT_OFFER:        accept_offer,
    A.ACCEPT_RETURN_OFFER: accept_offer,
    A.SETTLE:              accept_offer,
    A.SETTLE_WITH_RETURN:  accept_offer,
    A.DECLINE_OFFER:       lambda m, who, d: answer(m, who, bargaining.decline_offer, d, "No."),
    A.WITHDRAW_OFFER:      take_back,
    A.ESCALATE:            lambda m, who, d: act(m, who, actions.escalate, d.id, ""),
    A.DECIDE:              lambda m, who, d: decided(m, who, d, Terms(amount=TOTAL)),
    A.DECIDE_WITH_RETURN:  lambda m, who, d: decided(m, who, d, GOODS_BACK),
    A.REQUEST_EVIDENCE:    lambda m, who, d: act(m, who, reviewing.request_evidence, d.id, BUYER, "A photo?"),
    A.SHIP_RETURN:         lambda m, who, d: act(m, who, returns.ship, d.id, PARCEL),
    A.ACKNOWLEDGE_RETURN:  lambda m, who, d: act(m, who, returns.acknowledge, d.id),
    A.CONTEST_RETURN:      lambda m, who, d: act(m, who, returns.contest, d.id, EMPTY, "Only stones."),
    A.MARK_RETURN_DELIVERED: lambda m, who, d: act(m, who, returns.mark_delivered, d.id),
    A.ADD_EVIDENCE:        lambda m, who, d: act(m, who, evidence.hand_in, d.id, SHOWN),
    A.SETTLE_QUIETLY:      settle_quietly,
    A.ASK_EXTENSION:       lambda m, who, d: act(m, who, extending.ask_extension, d.id, 3600),
    A.GRANT_EXTENSION:     lambda m, who, d: act(m, who, extending.grant_extension, d.id),
    A.SEND_MESSAGE:        lambda m, who, d: act(m, who, thread.send_message, d.id, "Hello."),
}
# fmt: on
ACCEPTS = {A.ACCEPT, A.ACCEPT_RETURN}
AGREES = ACCEPTS | {A.ACCEPT_OFFER, A.ACCEPT_RETURN_OFFER, A.SETTLE, A.SETTLE_WITH_RETURN}
ALSO = {
    # what the same deed is called elsewhere in the table: in another state, or of another offer
    A.DECLINE_OFFER: {A.REFUSE},
    **dict.fromkeys(AGREES - ACCEPTS, AGREES),
    **dict.fromkeys(ACCEPTS, ACCEPTS),
}


# ── reaching a state ────────────────────────────────────────────────────────────────────────────


async def reached(market: Market, status: DisputeStatus, *, goods_back: bool = False) -> Dispute:
    """A dispute that came there by people's deeds alone; while they bargain, both offers stand."""
    returning = status in {DisputeStatus.AWAITING_RETURN, DisputeStatus.RETURN_IN_TRANSIT}
    terms = GOODS_BACK if goods_back or returning else HALF
    dispute = await disputed(market)
    for who, deed, *given in WAYS[status]:
        wanted = [terms if each is Terms else each for each in given]
        await act(market, who, deed, dispute.id, *wanted)
    await dispute.refresh_from_db()
    assert dispute.status is status
    return dispute


Step = tuple[Any, ...]
SELLER_OFFERS: Step = (LAMPS, bargaining.make_offer, Terms, "")
BUYER_OFFERS: Step = (ADA, bargaining.make_offer, Terms, "")
ESCALATES: Step = (ADA, actions.escalate, "")
GRANTS: Step = (LAMPS, actions.accept)
SENDS_BACK: Step = (ADA, returns.ship, PARCEL)
# fmt: off
WAYS: dict[DisputeStatus, list[Step]] = {
    DisputeStatus.AWAITING_SELLER:   [SELLER_OFFERS, BUYER_OFFERS],
    DisputeStatus.AWAITING_BUYER:    [SELLER_OFFERS, BUYER_OFFERS, SELLER_OFFERS],
    DisputeStatus.AWAITING_RETURN:   [SELLER_OFFERS, BUYER_OFFERS, GRANTS],
    DisputeStatus.RETURN_IN_TRANSIT: [SELLER_OFFERS, BUYER_OFFERS, GRANTS, SENDS_BACK],
    DisputeStatus.UNDER_REVIEW:      [SELLER_OFFERS, BUYER_OFFERS, SELLER_OFFERS, ESCALATES],
    DisputeStatus.RESOLVED:          [SELLER_OFFERS, BUYER_OFFERS, GRANTS],
}
# fmt: on
