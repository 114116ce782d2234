"""Giving money back: the gift itself is the refunds' own, and what silence has canceled comes first."""

from ordergraph.cancellations import requests
from ordergraph.infra.database import Tx
from ordergraph.orders import queries as orders
from ordergraph.refunds import goodwill
from ordergraph.refunds.models import Refund


async def create(tx: Tx, gift: goodwill.Gift) -> Refund:
    """Give back of what is left, once all is written down that the seller's silence has granted.

    Else a gift would take from what the buyer gets anyway, out of another pocket perhaps.
    """
    order, _ = await orders.lock(tx, gift.order_id)
    await requests.catch_up(tx, order)
    return await goodwill.create(tx, gift)
