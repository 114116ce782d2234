"""Saying that the parcel has come, in the API."""

from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import CommonError
from ordergraph.orders.graphql import Order
from ordergraph.shipping import actions


@strawberry.input(description="Which parcel has come, and whether the carrier has proven it.")
class OrderMarkDeliveredInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    carrier_reference: str | None = strawberry.field(
        default=None,
        description="For operators, service accounts too: how the carrier calls its proof that the parcel"
        " has come, such as the number of the signature, at most 80 characters. With it the carrier says"
        " so (GATEWAY), and not you: then a dispute over a parcel that was not received goes to an operator"
        " when the seller stays silent. Without it, it is your own word.",
    )


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
class DeliveryMutation:
    @mutation(
        description="The seller or an operator says that the parcel has come; or, by carrierReference, an"
        " operator passes on that the carrier has proven it."
    )
    async def order_mark_delivered(
        self,
        info: Info,
        input: OrderMarkDeliveredInput,  # noqa: A002  (GraphQL's word)
    ) -> OrderMarkDeliveredResult:
        order_id, proof = uuid_of(input.order_id, "Order"), input.carrier_reference
        async with info.context.transaction() as tx:
            row = await actions.mark_delivered(tx, order_id, proof)
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
