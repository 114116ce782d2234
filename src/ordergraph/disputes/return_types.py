"""Returns in the API: where goods go, on which terms, and what became of them."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.scalars import Money, publish
from ordergraph.disputes import models
from ordergraph.disputes.words import DisputeStatus, ReturnAcknowledgement, ShippingPayer
from ordergraph.kernel.actor import Role
from ordergraph.orders.types import OrderLine

publish(ReturnAcknowledgement)
publish(ShippingPayer)


@strawberry.type(description="On which terms the goods go back.")
class ReturnTerms:
    paid_by: ShippingPayer = strawberry.field(
        description="Who pays for sending them. BUYER: the refund is smaller by it, as far as it"
        " goes; what is over the marketplace pays."
    )
    cost: Money = strawberry.field(
        description="What sending them costs, as estimated when the return was agreed on. It is"
        " charged once, when the dispute ends, if the goods were sent."
    )

    @classmethod
    def of(cls, row: models.Dispute) -> Self | None:
        if row.return_paid_by is None or row.return_cost is None:
            return None
        return cls(paid_by=row.return_paid_by, cost=Money.of(row.return_cost))


@strawberry.type(description="How the goods go back to the seller.")
class ReturnShipment:
    carrier: str = strawberry.field(description="Who carries them.")
    tracking_number: str = strawberry.field(description="The carrier's number.")
    shipped_at: datetime = strawberry.field(description="When the buyer sent them.")
    delivered_at: datetime | None = strawberry.field(
        description="When the carrier brought them to the seller; null until that is known."
    )
    answer: ReturnAcknowledgement | None = strawberry.field(
        description="What the seller says of them; null until they answer."
    )
    cost: Money | None = strawberry.field(
        description="What sending them costs, as agreed; null where nothing was."
    )
    paid_by: ShippingPayer | None = strawberry.field(description="Who pays that.")

    @classmethod
    def of(cls, row: models.Dispute) -> Self | None:
        if row.return_shipped_at is None:
            return None
        return cls(
            carrier=row.return_carrier or "",
            tracking_number=row.return_tracking_number or "",
            shipped_at=row.return_shipped_at,
            delivered_at=row.return_delivered_at,
            answer=row.return_answer,
            cost=Money.of(row.return_cost) if row.return_cost else None,
            paid_by=row.return_paid_by,
        )


@strawberry.type(description="Where a seller's goods go back to.")
class ReturnAddress(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_return_address"

    id: relay.NodeID[UUID]
    lines: list[str] = strawberry.field(description="As it is written on a parcel.")
    country_code: str = strawberry.field(description="ISO 3166-1, two capital letters.")
    estimated_cost: Money | None = strawberry.field(
        description="What sending a parcel there costs, by the seller's own figure; without one the"
        " order's own shipping counts. Of an order, never more than its price."
    )
    changed_at: datetime = strawberry.field(description="When it was set.")

    @classmethod
    def of(cls, row: models.ReturnAddress) -> Self:
        return cls(
            id=row.id,
            lines=row.lines,
            country_code=row.country,
            estimated_cost=Money.of(row.cost) if row.cost else None,
            changed_at=row.changed_at,
        )


def needs_address(row: models.Dispute, role: Role) -> bool:
    """A buyer knows it as long as goods are agreed to go there; the others at any time."""
    agreed = row.return_paid_by is not None and row.status is not DisputeStatus.RESOLVED
    return role is not Role.BUYER or agreed


@strawberry.type(description="So many pieces of one order line.")
class DisputeLine:
    quantity: int = strawberry.field(description="How many pieces.")
    row: strawberry.Private[models.DisputeLine]
    dispute: strawberry.Private[models.Dispute]

    @loaded(description="The line of the order.")
    async def line(self, info: Info) -> OrderLine:
        lines = await info.context.load.lines_of_order.load(self.dispute.order_id)
        row = next(line for line in lines if line.id == self.row.order_line_id)
        return OrderLine.of(row, self.dispute.currency)


@strawberry.type
class ReturnViewer:
    @strawberry.field(description="Where goods go back to that you sold; null until you say so.")
    async def return_address(self, info: Info) -> ReturnAddress | None:
        row = await info.context.load.return_address_of_seller.load(info.context.require_user())
        return ReturnAddress.of(row) if row else None
