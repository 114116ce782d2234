"""A claim that nobody has to grant: the law did. It opens, and waits for the goods at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ordergraph.disputes import offers
from ordergraph.disputes.events import DisputeGrantedByLaw, DisputeOpened
from ordergraph.disputes.models import Dispute, DisputeLine
from ordergraph.disputes.process import DISPUTE
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import to_return
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DisputeStage, OfferStatus, ResolutionAsked, ShippingPayer
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.marketplace.models import Reason, ReasonContext
from ordergraph.orders import actions as orders
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

    Whoever withdraws pays for sending the goods back (article 14(1)).
    """
    dispute = await _open(tx, order, claim)
    terms = Terms(amount=claim.amount, return_paid_by=ShippingPayer.BUYER)
    offer = await offers.put(tx, Held(dispute, order, Role.BUYER), terms, Role.BUYER)
    await offers.end(tx, offer, OfferStatus.ACCEPTED)
    await orders.set_disputed(tx, order, disputed=True)
    opened = DisputeOpened(order_id=order.id, dispute_id=dispute.id, reason=WITHDRAWAL)
    await tell(tx, Held(dispute, order, Role.BUYER), opened)
    by_law = Held(dispute, order, Role.SYSTEM)
    await to_return(tx, by_law, A.GRANT_BY_LAW, terms, ship_by_at=claim.send_back_by_at)
    await tell(tx, by_law, DisputeGrantedByLaw(order_id=order.id, dispute_id=dispute.id))
    return dispute


async def _open(tx: Tx, order: Order, claim: Claim) -> Dispute:
    reason = await Reason.get(context=ReasonContext.DISPUTE, handle=WITHDRAWAL)
    dispute = await Dispute.create(
        order_id=order.id,
        status=DISPUTE.start,
        stage=DisputeStage.NEGOTIATION,
        version=1,
        reason_id=reason.id,
        description=claim.description,
        asked=ResolutionAsked.RETURN_AND_REFUND,
        currency=order.currency,
        requested_minor=claim.amount.minor,
        opened_at=tx.now,
        seller_response_due_at=tx.now,
        negotiation_ends_at=tx.now,
        refund_by_at=claim.refund_by_at,
    )
    await DisputeLine.bulk_create(
        DisputeLine(
            dispute_id=dispute.id,
            order_line_id=part.line_id,
            quantity=part.quantity,
            amount_minor=part.amount_minor,
        )
        for part in claim.lines
    )
    return dispute
