"""The parcel leaves, and comes: the order's own moves, and what they are to a late request."""

from uuid import UUID

from ordergraph.cancellations import requests
from ordergraph.infra.database import Tx
from ordergraph.orders import actions as orders
from ordergraph.orders import queries
from ordergraph.orders.models import Order


async def ship(tx: Tx, order_id: UUID, shipment: orders.Shipment) -> Order:
    """Ship what is not canceled, by a person or by the seller's silence; an open request is refused by it.

    The database sees to it that nobody ships past a request that still waits (migration 0008).
    """
    await _catch_up(tx, order_id)
    order = await orders.ship(tx, order_id, shipment)
    await requests.answer_by_shipping(tx, order)
    return order


async def mark_delivered(tx: Tx, order_id: UUID, proof: str | None = None) -> Order:
    """Somebody says that the parcel has come, or passes on how the carrier calls its proof of that."""
    await _catch_up(tx, order_id)
    if proof is None:
        return await orders.mark_delivered(tx, order_id)
    return await orders.prove_delivered(tx, order_id, proof)


async def confirm_receipt(tx: Tx, order_id: UUID) -> Order:
    """The buyer says that the parcel has come."""
    await _catch_up(tx, order_id)
    return await orders.confirm_receipt(tx, order_id)


async def _catch_up(tx: Tx, order_id: UUID) -> None:
    """What silence has canceled is canceled, whatever is said of its parcel then."""
    order, _ = await queries.lock(tx, order_id)
    await requests.catch_up(tx, order)
