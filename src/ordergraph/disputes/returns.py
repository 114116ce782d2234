"""The goods on their way back: sent, brought by the carrier, acknowledged or contested by the seller.

Carrier and seller may come in either order. Brought first: the seller's time is shortened, and they
acknowledge or contest within it. Acknowledged or contested first: the dispute is over, or with the
operator, and a late word of the carrier's is refused; who decides sees it from the carrier.
"""

from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import F

from ordergraph.disputes import claims, queries, thread
from ordergraph.disputes.events import (
    ReturnAcknowledged,
    ReturnContested,
    ReturnDelivered,
    ReturnShipped,
)
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import Verdict, hold, move, resolve, to_operator
from ordergraph.disputes.telling import tell
from ordergraph.disputes.words import DecidedBy, ReturnAcknowledgement
from ordergraph.infra.database import Tx
from ordergraph.kernel.text import NOTE_LIMIT, written
from ordergraph.orders.models import OrderLine
from ordergraph.refunds.process import RefundCause


@dataclass(frozen=True, slots=True)
class Parcel:
    """Who carries the goods back, and the carrier's number: without one nobody can look."""

    carrier: str
    tracking_number: str


async def ship(tx: Tx, dispute_id: UUID, parcel: Parcel) -> Dispute:
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


async def mark_delivered(tx: Tx, dispute_id: UUID) -> Dispute:
    """The carrier has brought the goods back: the seller's time ends sooner, never later.

    Told again, it changes nothing.
    """
    held = await hold(tx, dispute_id, A.MARK_RETURN_DELIVERED)
    dispute, order, _ = held
    if dispute.return_delivered_at is not None:
        return dispute
    until = dispute.return_acknowledge_by_at
    assert until is not None, "goods on their way back have a clock"
    sooner = tx.now + order.policy.span("return_delivered_ack_s")
    await move(
        tx,
        held,
        A.MARK_RETURN_DELIVERED,
        return_delivered_at=tx.now,
        return_acknowledge_by_at=min(until, sooner),
    )
    await tell(tx, held, ReturnDelivered(order_id=order.id, dispute_id=dispute.id))
    return dispute


async def acknowledge(tx: Tx, dispute_id: UUID) -> Dispute:
    """The seller has the goods; the money goes back as was granted, less what the buyer pays."""
    held = await hold(tx, dispute_id, A.ACKNOWLEDGE_RETURN)
    dispute, order, _ = held
    verdict = Verdict(
        action=A.ACKNOWLEDGE_RETURN,
        decided_by=DecidedBy.SELLER,
        approved=dispute.approved,
        cause=RefundCause.RETURN,
    )
    await resolve(tx, held, verdict, return_answer=ReturnAcknowledgement.ITEM_RECEIVED)
    await count_returned(held)
    await tell(tx, held, ReturnAcknowledged(order_id=order.id, dispute_id=dispute.id))
    return dispute


async def contest(tx: Tx, dispute_id: UUID, answer: ReturnAcknowledgement, note: str) -> Dispute:
    """The seller says what is wrong with what came back, or that nothing came; the operator decides."""
    assert answer is not ReturnAcknowledgement.ITEM_RECEIVED, (
        "what is as it should be is no contest"
    )
    held = await hold(tx, dispute_id, A.CONTEST_RETURN)
    dispute, order, _ = held
    text = written(note, field="note", limit=NOTE_LIMIT, required=True)
    await to_operator(tx, held, A.CONTEST_RETURN, return_answer=answer)
    event = ReturnContested(order_id=order.id, dispute_id=dispute.id, answer=answer)
    await tell(tx, held, event)
    await thread.add(tx, held, text)
    return dispute


async def count_returned(held: Held) -> None:
    """The goods are back: the pieces that the dispute is about are no longer the buyer's.

    What a seller contested is not counted, whatever is decided: nobody knows what came back.
    """
    for line in (await queries.lines_of([held.dispute.id]))[held.dispute.id]:
        await OrderLine.filter(id=line.order_line_id).update(
            returned_quantity=F("returned_quantity") + line.quantity
        )
