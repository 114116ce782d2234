"""Orders, as they are followed."""

from typing import Final

from ordergraph.api.live import Live
from ordergraph.orders import queries
from ordergraph.orders.graphql import Order

LIVE: Final = Live("Order", "order", queries.seen, Order.of)
