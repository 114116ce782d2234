"""Orders, as they are followed."""

from typing import Final

from ordergraph.api.context import Info
from ordergraph.api.live import Live
from ordergraph.orders import queries
from ordergraph.orders.graphql import Order


async def _filled(order: Order, info: Info) -> Order:
    return await info.context.load.screens.filled(info, order)


LIVE: Final = Live("Order", "order", queries.seen, Order.of, _filled)
