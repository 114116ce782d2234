"""Mutations of cancellations."""

from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError
from ordergraph.cancellations import actions, requests
from ordergraph.cancellations.actions import CancelRequest
from ordergraph.cancellations.graphql import (
    Cancellation,
    CancellationAlreadyRequestedError,
    CancellationRefusedError,
)
from ordergraph.orders.graphql import Order
from ordergraph.orders.types import (
    CancelWindowClosedError,
    LineQuantityInput,
    OrderAlreadyCanceledError,
    OrderAlreadyShippedError,
    picked,
)
from ordergraph.refunds.graphql import Refund


@strawberry.input(description="Which order to cancel, and why.")
class OrderCancelInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    reason_handle: str = strawberry.field(description="One of reasons(context: CANCELLATION).")
    note: str = strawberry.field(default="", description="More about it, at most 1,000 characters.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Only these pieces; without it, everything that is left."
    )


@strawberry.type(
    description="Canceled, and the money comes back as promised; or, when your time to cancel alone is"
    " over and the order's policy allows it, the seller is asked: cancellation.status is REQUESTED."
)
class OrderCancelSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")
    cancellation: Cancellation = strawberry.field(description="The decision, or the request.")
    refund: Refund | None = strawberry.field(
        description="The promise; null for a request, and when there is nothing to give back."
    )


OrderCancelResult = Annotated[
    OrderCancelSuccess
    | CancelWindowClosedError
    | CancellationAlreadyRequestedError
    | CancellationRefusedError
    | OrderAlreadyShippedError
    | OrderAlreadyCanceledError
    | AmountTooHighError
    | CommonError,
    strawberry.union("OrderCancelResult"),
]


@strawberry.input(description="Which late request to grant.")
class CancellationApproveInput:
    cancellation_id: relay.GlobalID = strawberry.field(description="The request.")


@strawberry.type(description="Granted: what was asked for is canceled, and the money is promised.")
class CancellationApproveSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")
    cancellation: Cancellation = strawberry.field(description="The request as it stands now.")
    refund: Refund | None = strawberry.field(
        description="The promise; null when there is nothing to give back."
    )


CancellationApproveResult = Annotated[
    CancellationApproveSuccess | CommonError, strawberry.union("CancellationApproveResult")
]


@strawberry.input(description="Which late request to refuse.")
class CancellationRejectInput:
    cancellation_id: relay.GlobalID = strawberry.field(description="The request.")
    note: str = strawberry.field(default="", description="Why, at most 1,000 characters.")


@strawberry.type(description="Refused: the order goes on.")
class CancellationRejectSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")
    cancellation: Cancellation = strawberry.field(description="The request as it stands now.")


CancellationRejectResult = Annotated[
    CancellationRejectSuccess | CommonError, strawberry.union("CancellationRejectResult")
]


@strawberry.input(description="Which late request to take back.")
class CancellationWithdrawInput:
    cancellation_id: relay.GlobalID = strawberry.field(description="The request.")


@strawberry.type(description="Taken back: the order goes on, and you may ask again.")
class CancellationWithdrawSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")
    cancellation: Cancellation = strawberry.field(description="The request as it stands now.")


CancellationWithdrawResult = Annotated[
    CancellationWithdrawSuccess | CommonError, strawberry.union("CancellationWithdrawResult")
]


@strawberry.type
class CancellationMutation:
    @mutation(
        description="Cancel an order, or a part of it: the buyer within the window, and after it by"
        " asking the seller where the order's policy allows that; the seller and an operator until it"
        " is shipped."
    )
    async def order_cancel(self, info: Info, input: OrderCancelInput) -> OrderCancelResult:  # noqa: A002  (GraphQL's word)
        request = CancelRequest(
            order_id=uuid_of(input.order_id, "Order"),
            reason_handle=input.reason_handle,
            note=input.note,
            picked=picked(input.lines),
        )
        async with info.context.transaction() as tx:
            done = await actions.cancel(tx, request)
        return OrderCancelSuccess(
            order=Order.of(done.order),
            cancellation=Cancellation.of(done.cancellation),
            refund=Refund.of(done.refund) if done.refund else None,
        )

    @mutation(description="The seller or an operator grants a late request to cancel.")
    async def cancellation_approve(
        self,
        info: Info,
        input: CancellationApproveInput,  # noqa: A002  (GraphQL's word)
    ) -> CancellationApproveResult:
        async with info.context.transaction() as tx:
            done = await requests.approve(tx, uuid_of(input.cancellation_id, "Cancellation"))
        return CancellationApproveSuccess(
            order=Order.of(done.order),
            cancellation=Cancellation.of(done.cancellation),
            refund=Refund.of(done.refund) if done.refund else None,
        )

    @mutation(description="The seller or an operator refuses a late request to cancel.")
    async def cancellation_reject(
        self,
        info: Info,
        input: CancellationRejectInput,  # noqa: A002  (GraphQL's word)
    ) -> CancellationRejectResult:
        async with info.context.transaction() as tx:
            cancellation_id = uuid_of(input.cancellation_id, "Cancellation")
            done = await requests.reject(tx, cancellation_id, input.note)
        return CancellationRejectSuccess(
            order=Order.of(done.order), cancellation=Cancellation.of(done.cancellation)
        )

    @mutation(description="The buyer takes a late request to cancel back.")
    async def cancellation_withdraw(
        self,
        info: Info,
        input: CancellationWithdrawInput,  # noqa: A002  (GraphQL's word)
    ) -> CancellationWithdrawResult:
        async with info.context.transaction() as tx:
            done = await requests.withdraw(tx, uuid_of(input.cancellation_id, "Cancellation"))
        return CancellationWithdrawSuccess(
            order=Order.of(done.order), cancellation=Cancellation.of(done.cancellation)
        )
