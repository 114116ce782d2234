"""Shipping in the API."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import CommonError
from ordergraph.orders.actions import Shipment
from ordergraph.orders.graphql import Order
from ordergraph.orders.types import OrderAlreadyCanceledError
from ordergraph.shipping import actions


@strawberry.input(description="Which parcel leaves, and with whom.")
class OrderShipInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    carrier: str = strawberry.field(description="Who carries it, at most 60 characters.")
    tracking_number: str = strawberry.field(description="The carrier's number.")
    promised_at: datetime | None = strawberry.field(
        default=None,
        description="When the carrier promises to be there, if it does: at most as far ahead as the"
        " order's policy allows, 60 days by default.",
    )


@strawberry.type(description="The parcel is on its way.")
class OrderShipSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")


OrderShipResult = Annotated[
    OrderShipSuccess | OrderAlreadyCanceledError | CommonError, strawberry.union("OrderShipResult")
]


@strawberry.type
class ShippingMutation:
    @mutation(
        description="The seller hands the parcel to a carrier. This ends the cancel window, and"
        " refuses a late request to cancel that is still open."
    )
    async def order_ship(self, info: Info, input: OrderShipInput) -> OrderShipResult:  # noqa: A002  (GraphQL's word)
        shipment = Shipment(
            carrier=input.carrier,
            tracking_number=input.tracking_number,
            promised_at=input.promised_at,
        )
        async with info.context.transaction() as tx:
            row = await actions.ship(tx, uuid_of(input.order_id, "Order"), shipment)
        return OrderShipSuccess(order=Order.of(row))
