"""What may be done about offers: whose they are, whether they stand, and which move it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.process import DisputeFacts, why_not
from ordergraph.disputes.refusals import OfferNotOpen, TooManyOffers, WrongSideOfOffer
from ordergraph.disputes.words import DisputeStatus, OfferStatus, ShippingPayer
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal

MOST_OFFERS: Final = 50
"""In one dispute: so that all of them can be shown at once."""


class OfferFacts(Protocol):
    """What the rules look at in an offer; a row of the database has it."""

    made_by: str
    status: OfferStatus
    return_paid_by: ShippingPayer | None


# fmt: off
ACCEPTING: Final[Mapping[Role, tuple[A, A]]] = {
    # while they negotiate   the goods stay   the goods go back
    Role.SELLER:            (A.ACCEPT,        A.ACCEPT_RETURN),
    Role.BUYER:             (A.ACCEPT_OFFER,  A.ACCEPT_RETURN_OFFER),
}
SETTLING: Final =           (A.SETTLE,        A.SETTLE_WITH_RETURN)   # under review, either side
# fmt: on


def accepting(offer: OfferFacts | None, status: DisputeStatus, role: Role) -> A:
    """Which move of the table it is to accept this offer."""
    reviewed = status is DisputeStatus.UNDER_REVIEW
    goods_stay, goods_back = SETTLING if reviewed else ACCEPTING.get(role, ACCEPTING[Role.BUYER])
    return goods_back if offer is not None and offer.return_paid_by is not None else goods_stay


def declining(status: DisputeStatus, role: Role) -> A:
    """Which move it is to decline: while the seller has to answer, it refuses the whole dispute."""
    reviewed = status is DisputeStatus.UNDER_REVIEW
    return A.REFUSE if role is Role.SELLER and not reviewed else A.DECLINE_OFFER


def why_not_make(made: int, dispute: DisputeFacts, role: Role, now: datetime) -> Refusal | None:
    """Say why this role may not make an offer now; `made` offers were made so far."""
    refusal = why_not(A.COUNTER_OFFER, dispute, role, now)
    if refusal is None and made >= MOST_OFFERS:
        return TooManyOffers(MOST_OFFERS)
    return refusal


def why_not_accept(
    offer: OfferFacts | None, dispute: DisputeFacts, role: Role, now: datetime
) -> Refusal | None:
    """Say why this role may not accept it now; no offer is one that does not stand."""
    if offer is not None and offer.made_by == role:
        return WrongSideOfOffer(role)
    action = accepting(offer, dispute.status, role)
    return why_not(action, dispute, role, now) or _not_open(offer)


def why_not_decline(
    offer: OfferFacts | None, dispute: DisputeFacts, role: Role, now: datetime
) -> Refusal | None:
    """Say why this role may not decline it now."""
    if offer is not None and offer.made_by == role:
        return WrongSideOfOffer(role)
    return why_not(declining(dispute.status, role), dispute, role, now) or _not_open(offer)


def why_not_withdraw(
    offer: OfferFacts | None, dispute: DisputeFacts, role: Role, now: datetime
) -> Refusal | None:
    """Say why this role may not take it back now."""
    refusal = why_not(A.WITHDRAW_OFFER, dispute, role, now)
    if role is not Role.OPERATOR and offer is not None and offer.made_by != role:
        return WrongSideOfOffer(Role[offer.made_by])
    return refusal or _not_open(offer)


def _not_open(offer: OfferFacts | None) -> Refusal | None:
    if offer is None:
        return OfferNotOpen(None)
    return None if offer.status is OfferStatus.OPEN else OfferNotOpen(offer.status)


def newest(offers: Sequence[OfferFacts], by: Role) -> OfferFacts | None:
    """The last one that this side made, whatever became of it; offers come oldest first."""
    return next((offer for offer in reversed(offers) if offer.made_by == by), None)
