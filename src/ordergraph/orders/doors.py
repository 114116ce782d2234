"""The subscription of orders."""

from collections.abc import AsyncGenerator

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.live import MARK
from ordergraph.orders.graphql import Order
from ordergraph.orders.live import LIVE


@strawberry.type
class OrderSubscription:
    @strawberry.subscription(
        description="The order as it stands, and again each time something about it changes."
        " NOT_FOUND when there is none, or none of yours.",
        metadata={MARK: LIVE},
    )
    def order_updated(self, info: Info, order_id: relay.GlobalID) -> AsyncGenerator[Order, None]:
        return LIVE.states(info, order_id)
