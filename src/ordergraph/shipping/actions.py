"""Handing the parcel over: the order's own move, and the answer that it is to a late request."""

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
    held, _ = await queries.lock(tx, order_id)
    await requests.catch_up(tx, held)
    order = await orders.ship(tx, order_id, shipment)
    await requests.answer_by_shipping(tx, order)
    return order
