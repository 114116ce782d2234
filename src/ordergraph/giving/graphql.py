"""Gifts in the API."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError
from ordergraph.api.scalars import read_money
from ordergraph.giving import actions
from ordergraph.kernel.refusal import InvalidInput, NotFound
from ordergraph.refunds import goodwill
from ordergraph.refunds.actions import LinePart
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.mutations import OrderDisputedError


@strawberry.input(description="How much of one line to give back.")
class RefundLineInput:
    line_id: relay.GlobalID = strawberry.field(description="The line of the order.")
    quantity: int = strawberry.field(
        default=0,
        description="For how many of the pieces that the buyer still has; 0: for no certain ones.",
    )
    amount: Decimal = strawberry.field(
        description="In the order's currency, as a string: at most what is left of what was paid for"
        " the line, and, where pieces are named, what they cost. However often pieces are named, all"
        " that is given for them comes to no more than that."
    )


@strawberry.input(description="What to give back of which order.")
class RefundCreateInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    lines: list[RefundLineInput] = strawberry.field(
        default_factory=list, description="For these lines, each at most once."
    )
    shipping: Decimal | None = strawberry.field(default=None, description="Of the shipping.")
    adjustment: Decimal | None = strawberry.field(
        default=None,
        description="What belongs to no line; below zero, it is taken off the rest, off each part by its"
        " share.",
    )
    note: str = strawberry.field(description="Why, between 1 and 1,000 characters.")


@strawberry.type(description="The refund is created and sent at once.")
class RefundCreateSuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundCreateResult = Annotated[
    RefundCreateSuccess | OrderDisputedError | AmountTooHighError | CommonError,
    strawberry.union("RefundCreateResult"),
]


@strawberry.type
class GivingMutation:
    @mutation(
        description="Give money back of your own accord: the seller at their own cost,"
        " an operator at the marketplace's."
    )
    async def refund_create(self, info: Info, input: RefundCreateInput) -> RefundCreateResult:  # noqa: A002  (GraphQL's word)
        gift = await _gift(info, input)
        async with info.context.transaction() as tx:
            row = await actions.create(tx, gift)
        return RefundCreateSuccess(refund=Refund.of(row))


async def _gift(info: Info, asked: RefundCreateInput) -> goodwill.Gift:
    """Read the amounts in the order's currency, which never changes."""
    order = await info.context.load.visible_order.load(uuid_of(asked.order_id, "Order"))
    if order is None:
        raise NotFound(what="order")
    currency = order.row.currency
    lines = [
        LinePart(
            line_id=uuid_of(line.line_id, "OrderLine"),
            quantity=line.quantity,
            amount_minor=read_money(line.amount, currency).minor,
        )
        for line in asked.lines
    ]
    if len({line.line_id for line in lines}) < len(lines):
        raise InvalidInput(field="lines", problem="each line at most once")
    return goodwill.Gift(
        order_id=order.row.id,
        lines=lines,
        shipping=read_money(asked.shipping, currency),
        adjustment=read_money(asked.adjustment, currency),
        note=asked.note,
    )
