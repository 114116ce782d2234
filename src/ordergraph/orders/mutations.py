"""Mutations and the subscription of orders."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.faults import Missing
from ordergraph.api.ids import peek, uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import CommonError
from ordergraph.infra.patience import patiently
from ordergraph.orders import actions, models, queries
from ordergraph.orders.graphql import Order


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
        " NOT_FOUND when there is none, or none of yours."
    )
    async def order_updated(
        self, info: Info, order_id: relay.GlobalID
    ) -> AsyncGenerator[Order, None]:
        info.context.require_user()
        wanted, told = peek(order_id, "Order"), None
        if wanted is None:
            raise Missing("order")
        async with info.context.desk.hub.listen(f"order:{wanted}") as nudged:
            while True:
                row, head = await patiently(partial(_seen, info, wanted))
                if head != told:
                    told = head
                    yield Order.of(row)
                await nudged()


async def _seen(info: Info, order_id: UUID) -> tuple[models.Order, int]:
    found = await queries.with_head(info.context.actor, order_id)
    if found is None:
        raise Missing("order")
    return found
