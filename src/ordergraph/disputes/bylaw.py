"""A claim that nobody has to grant: the law did. It opens, and waits for the goods at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ordergraph.disputes import offers
from ordergraph.disputes.beginning import Beginning, Piece, begin
from ordergraph.disputes.events import DisputeGrantedByLaw
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import to_return
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import OfferStatus, ResolutionAsked, ShippingPayer
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.marketplace.models import Reason, ReasonContext
from ordergraph.orders.models import Order
from ordergraph.refunds.actions import LinePart

WITHDRAWAL: Final = "eu-withdrawal"
"""The reason of a consumer's withdrawal; disputeOpen does not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the law grants: money for these goods, once they are sent back by then."""

    description: str
    amount: Money
    lines: Sequence[LinePart]
    send_back_by_at: datetime
    refund_by_at: datetime


async def grant(tx: Tx, order: Order, claim: Claim) -> Dispute:
    """Open a dispute and grant it in one breath. The caller holds the order's lock, and has judged.

    Whoever withdraws pays the carrier for sending the goods back (article 14(1)): nothing of it goes
    through our books, and all the money comes back (article 13(1)).
    """
    terms = Terms(amount=claim.amount, return_paid_by=ShippingPayer.BUYER)
    beginning = Beginning(
        reason=await Reason.get(context=ReasonContext.DISPUTE, handle=WITHDRAWAL),
        description=claim.description,
        asked=ResolutionAsked.RETURN_AND_REFUND,
        terms=terms,
        pieces=[Piece(part.line_id, part.quantity, part.amount_minor) for part in claim.lines],
    )
    at_once = dict.fromkeys(("seller_response_due_at", "negotiation_ends_at"), tx.now)
    opened = await begin(tx, order, beginning, **at_once, refund_by_at=claim.refund_by_at)
    dispute = opened.dispute
    await offers.end(tx, await offers.asked(dispute), OfferStatus.ACCEPTED)
    by_law = Held(dispute, order, Role.SYSTEM)
    await to_return(
        tx,
        by_law,
        A.GRANT_BY_LAW,
        terms,
        return_ship_by_at=claim.send_back_by_at,
        return_cost_minor=None,
    )
    await tell(tx, by_law, DisputeGrantedByLaw(order_id=order.id, dispute_id=dispute.id))
    return dispute
