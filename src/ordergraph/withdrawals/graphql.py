"""Withdrawals in the API."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.scalars import Money
from ordergraph.cancellations.graphql import Cancellation
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.words import ShippingPayer
from ordergraph.kernel import money
from ordergraph.orders.graphql import Order
from ordergraph.orders.types import OrderLine
from ordergraph.withdrawals import actions, models, wording
from ordergraph.withdrawals.process import WithdrawalStatus, status_of
from ordergraph.withdrawals.types import Document


@strawberry.type(description="How many of one line somebody withdraws from.")
class WithdrawalLine:
    quantity: int = strawberry.field(description="How many.")
    amount: Money = strawberry.field(description="What they give back.")
    row: strawberry.Private[models.WithdrawalLine]
    order_id: strawberry.Private[UUID]

    @loaded(description="The line of the order.")
    async def line(self, info: Info) -> OrderLine:
        rows = await info.context.load.lines_of_order.load(self.order_id)
        row = next(row for row in rows if row.id == self.row.order_line_id)
        return OrderLine.of(row, self.amount.currency_code)


@strawberry.type(
    description="What is declared, to be reviewed before it is confirmed. Dates are those of a"
    " confirmation at once, until it is confirmed."
)
class WithdrawalStatement:
    name: str = strawberry.field(description="Who withdraws.")
    contact_email: str | None = strawberry.field(description="Where they can be reached.")
    refund: Money = strawberry.field(description="What goes back, with the delivery's cost.")
    shipping: Money = strawberry.field(
        description="Of that, what the delivery cost: it goes back when the whole order does."
    )
    whole_order: bool = strawberry.field(description="Whether nothing of the order is kept.")
    return_paid_by: ShippingPayer | None = strawberry.field(
        description="Who bears the direct cost of sending the goods back; null when nothing was"
        " shipped."
    )
    send_back_by: datetime | None = strawberry.field(
        description="By when the goods have to be sent; null when nothing was shipped."
    )
    refund_by: datetime = strawberry.field(
        description="By when the money goes back at the latest; it may wait for the goods, or for"
        " proof that they were sent."
    )
    row: strawberry.Private[models.Withdrawal]

    @classmethod
    def of(cls, row: models.Withdrawal) -> Self:
        return cls(
            name=row.name,
            contact_email=row.contact_email,
            refund=Money.of(row.amount),
            shipping=Money.of(money.Money(row.shipping_minor, row.currency)),
            whole_order=row.whole,
            return_paid_by=ShippingPayer.BUYER if row.send_back_by_at else None,
            send_back_by=row.send_back_by_at,
            refund_by=row.refund_by_at,
            row=row,
        )

    @loaded(description="Which goods.")
    async def lines(self, info: Info) -> list[WithdrawalLine]:
        return [
            WithdrawalLine(
                quantity=line.quantity,
                amount=Money.of(money.Money(line.amount_minor, self.row.currency)),
                row=line,
                order_id=self.row.order_id,
            )
            for line in await info.context.load.withdrawal.lines.load(self.row.id)
        ]

    @loaded(
        description="All of it in words, in the language of Accept-Language; the acknowledgement"
        " holds it in the language in which it was started."
    )
    async def text(self, info: Info) -> str:
        load = info.context.load
        order = await load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a withdrawal sees its order"
        lines = await load.withdrawal.lines.load(self.row.id)
        bought = await load.lines_of_order.load(self.row.order_id)
        seller = await load.user.load(order.row.seller_id)
        facts = actions.facts_of(order.row, seller.display_name, self.row, lines, bought)
        return wording.statement(facts, info.context.language)


@strawberry.type(
    description="A consumer's withdrawal from a purchase: a statement to review, then made for good."
)
class Withdrawal(Loaded, relay.Node):
    loader: ClassVar[str] = "withdrawal.visible"

    id: relay.NodeID[UUID]
    started_at: datetime = strawberry.field(description="When it was started.")
    lapses_at: datetime = strawberry.field(description="Until when it can be confirmed.")
    confirmed_at: datetime | None = strawberry.field(
        description="When it was confirmed, and so made; null before."
    )
    row: strawberry.Private[models.Withdrawal]

    @classmethod
    def of(cls, row: models.Withdrawal) -> Self:
        return cls(
            id=row.id,
            started_at=row.started_at,
            lapses_at=row.lapses_at,
            confirmed_at=row.confirmed_at,
            row=row,
        )

    @loaded(description="Where it stands.")
    async def status(self, info: Info) -> WithdrawalStatus:
        row = self.row
        return status_of(row.confirmed_at, row.lapses_at, await info.context.now())

    @strawberry.field(description="What is declared.")
    def statement(self) -> WithdrawalStatement:
        return WithdrawalStatement.of(self.row)

    @loaded(description="The order that it is about.")
    async def order(self, info: Info) -> Order:
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a withdrawal sees its order"
        return order

    @loaded(description="What canceled the goods, when they had not been shipped.")
    async def cancellation(self, info: Info) -> Cancellation | None:
        found = self.row.cancellation_id
        return await info.context.load.visible_cancellation.load(found) if found else None

    @loaded(
        description="How it goes on once it is confirmed: goods back, then money. Null when nothing"
        " was shipped."
    )
    async def dispute(self, info: Info) -> Dispute | None:
        found = self.row.dispute_id
        return await info.context.load.visible_dispute.load(found) if found else None

    @loaded(
        description="The acknowledgement of receipt, with content, date and time; null before it is"
        " confirmed."
    )
    async def acknowledgement(self, info: Info) -> Document | None:
        found = self.row.document_id
        return await info.context.load.withdrawal.document.load(found) if found else None
