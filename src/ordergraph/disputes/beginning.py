"""How a dispute begins, whoever has judged that it may: its row, its pieces, the buyer's first offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from ordergraph.disputes import offers
from ordergraph.disputes.events import DisputeOpened
from ordergraph.disputes.models import Dispute, DisputeLine
from ordergraph.disputes.process import DISPUTE, remind_at
from ordergraph.disputes.queries import Held
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DisputeStage, ResolutionAsked
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.marketplace.models import Reason
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order


class Piece(NamedTuple):
    """So many of an order line; for how much, where the law says so."""

    line_id: UUID
    quantity: int
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Why it is opened, what the buyer proposes, and which pieces it is about."""

    reason: Reason
    description: str
    asked: ResolutionAsked
    terms: Terms
    pieces: Sequence[Piece]


async def begin(tx: Tx, order: Order, new: Beginning, **columns: object) -> Held:
    """Write it down in the buyer's name; the seller's time to answer starts.

    The caller holds the order's lock. `columns` go before what is usual.
    """
    usual = {
        "seller_response_due_at": tx.now + order.policy.span("seller_response_s"),
        "negotiation_ends_at": tx.now + order.policy.span("negotiation_s"),
    }
    dispute = Dispute(
        order_id=order.id,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        status=DISPUTE.start,
        stage=DisputeStage.NEGOTIATION,
        version=1,
        reason_id=new.reason.id,
        description=new.description,
        asked=new.asked,
        currency=order.currency,
        requested_minor=new.terms.amount.minor,
        opened_at=tx.now,
        waits_since=tx.now,
        **(usual | columns),
    )
    dispute.remind_at = remind_at(dispute, tx.now, given=0)
    await dispute.save(force_create=True)
    await _write(dispute, new.pieces)
    held = Held(dispute, order, Role.BUYER)
    await offers.put(tx, held, new.terms, Role.BUYER)
    await orders.stop_clocks(tx, order)
    event = DisputeOpened(order_id=order.id, dispute_id=dispute.id, reason=new.reason.handle)
    await tell(tx, held, event)
    return held


async def _write(dispute: Dispute, pieces: Sequence[Piece]) -> None:
    rows = [
        DisputeLine(
            dispute_id=dispute.id,
            order_line_id=piece.line_id,
            quantity=piece.quantity,
            amount_minor=piece.amount_minor,
        )
        for piece in pieces
    ]
    if rows:
        await DisputeLine.bulk_create(rows)
