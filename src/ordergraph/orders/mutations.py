"""Mutations and the subscription of orders."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.live import MARK
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import CommonError
from ordergraph.orders import actions
from ordergraph.orders.graphql import Order
from ordergraph.orders.live import LIVE


@strawberry.input(description="Which parcel has come.")
class OrderMarkDeliveredInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")


@strawberry.type(description="The parcel has come; the buyer's protection runs.")
class OrderMarkDeliveredSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")


OrderMarkDeliveredResult = Annotated[
    OrderMarkDeliveredSuccess | CommonError, strawberry.union("OrderMarkDeliveredResult")
]


@strawberry.input(description="Which parcel you have received.")
class OrderConfirmReceiptInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")


@strawberry.type(description="Noted. Your protection has started; it has not ended.")
class OrderConfirmReceiptSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")


OrderConfirmReceiptResult = Annotated[
    OrderConfirmReceiptSuccess | CommonError, strawberry.union("OrderConfirmReceiptResult")
]


@strawberry.type
class OrderMutation:
    @mutation(description="The seller or an operator says that the parcel has come.")
    async def order_mark_delivered(
        self,
        info: Info,
        input: OrderMarkDeliveredInput,  # noqa: A002  (GraphQL's word)
    ) -> OrderMarkDeliveredResult:
        async with info.context.transaction() as tx:
            row = await actions.mark_delivered(tx, uuid_of(input.order_id, "Order"))
        return OrderMarkDeliveredSuccess(order=Order.of(row))

    @mutation(description="The buyer says that the parcel has come.")
    async def order_confirm_receipt(
        self,
        info: Info,
        input: OrderConfirmReceiptInput,  # noqa: A002  (GraphQL's word)
    ) -> OrderConfirmReceiptResult:
        async with info.context.transaction() as tx:
            row = await actions.confirm_receipt(tx, uuid_of(input.order_id, "Order"))
        return OrderConfirmReceiptSuccess(order=Order.of(row))


@strawberry.type
class OrderSubscription:
    @strawberry.subscription(
        description="The order as it stands, and again each time something about it changes."
        " NOT_FOUND when there is none, or none of yours.",
        metadata={MARK: LIVE},
    )
    def order_updated(self, info: Info, order_id: relay.GlobalID) -> AsyncGenerator[Order, None]:
        return LIVE.states(info, order_id)
