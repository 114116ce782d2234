"""Cancellations in the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError, UserError, answer_to
from ordergraph.api.scalars import Money, publish
from ordergraph.cancellations import actions, models
from ordergraph.cancellations.actions import CancelRequest
from ordergraph.cancellations.preview import Preview
from ordergraph.cancellations.process import CancellationStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.marketplace.graphql import Reason
from ordergraph.orders.graphql import Order
from ordergraph.orders.types import (
    CancelWindowClosedError,
    OrderAlreadyCanceledError,
    OrderAlreadyShippedError,
)
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.process import RefundMethod

publish(CancellationStatus)


@strawberry.type(description="A decision to cancel an order, or a part of it.")
class Cancellation(relay.Node):
    id: relay.NodeID[UUID]
    status: CancellationStatus = strawberry.field(description="Where it stands.")
    whole: bool = strawberry.field(description="Whether it ended the order.")
    note: str | None = strawberry.field(description="What was written with it.")
    requested_by: Role = strawberry.field(description="Who canceled.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    canceled_at: datetime | None = strawberry.field(description="When it took effect.")
    row: strawberry.Private[models.Cancellation]

    @classmethod
    def of(cls, row: models.Cancellation) -> Self:
        approved = row.status is CancellationStatus.APPROVED
        return cls(
            id=row.id,
            status=row.status,
            whole=row.whole,
            note=row.note or None,
            requested_by=Role[row.requested_by],
            requested_at=row.requested_at,
            canceled_at=row.decided_at if approved else None,
            row=row,
        )

    @classmethod
    async def resolve_nodes(
        cls,
        *,
        info: Info,
        node_ids: Iterable[str],
        required: bool = False,  # noqa: ARG003  (Relay's signature)
    ) -> list[Any]:
        return await info.context.load.visible_cancellation.load_many([UUID(i) for i in node_ids])

    @strawberry.field(description="The order that it belongs to.")
    async def order(self, info: Info) -> Order:
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a cancellation sees its order"
        return order

    @strawberry.field(description="Why.")
    async def reason(self, info: Info) -> Reason:
        return await info.context.load.reason.load(self.row.reason_id)

    @strawberry.field(description="The money that goes back because of it.")
    async def refund(self, info: Info) -> Refund | None:
        return await info.context.load.refund_of_cause.load(self.row.id)


@strawberry.type(description="What canceling would give back, exactly.")
class CancellationPreview:
    amount: Money = strawberry.field(description="How much.")
    shipping: Money = strawberry.field(description="The part that is for shipping.")
    whole: bool = strawberry.field(description="Whether it would end the order.")
    method: RefundMethod = strawberry.field(description="How it goes back.")
    due_at: datetime = strawberry.field(description="When it is sent at the latest.")
    blocked_by: UserError | None = strawberry.field(
        description="The very error that orderCancel would answer now."
    )

    @classmethod
    def of(cls, preview: Preview, language: str) -> Self:
        return cls(
            amount=Money.of(preview.amount),
            shipping=Money.of(preview.shipping),
            whole=preview.whole,
            method=RefundMethod.ORIGINAL_PAYMENT,
            due_at=preview.due_at,
            blocked_by=answer_to(preview.refusal, language) if preview.refusal else None,
        )


@strawberry.input(description="How many of one line.")
class LineQuantityInput:
    line_id: relay.GlobalID = strawberry.field(description="The line of the order.")
    quantity: int = strawberry.field(description="How many pieces of it.")


@strawberry.input(description="Which order to cancel, and why.")
class OrderCancelInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    reason_handle: str = strawberry.field(description="One of reasons(context: CANCELLATION).")
    note: str = strawberry.field(default="", description="More about it, at most 1,000 characters.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Only these pieces; without it, everything that is left."
    )


@strawberry.type(description="Canceled. The money comes back as promised.")
class OrderCancelSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")
    cancellation: Cancellation = strawberry.field(description="The decision.")
    refund: Refund | None = strawberry.field(
        description="The promise; null when nothing had been paid."
    )


OrderCancelResult = Annotated[
    OrderCancelSuccess
    | CancelWindowClosedError
    | OrderAlreadyShippedError
    | OrderAlreadyCanceledError
    | AmountTooHighError
    | CommonError,
    strawberry.union("OrderCancelResult"),
]


def picked(lines: list[LineQuantityInput] | None) -> dict[UUID, int] | None:
    """Read which pieces are meant; naming a line twice is refused."""
    if lines is None:
        return None
    found = {uuid_of(line.line_id, "OrderLine"): line.quantity for line in lines}
    if len(found) < len(lines):
        raise InvalidInput(field="lines", problem="each line at most once")
    return found


@strawberry.type
class CancellationMutation:
    @mutation(
        description="Cancel an order, or a part of it: the buyer within the window,"
        " the seller and an operator until it is shipped."
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
