"""Offers in the API, and what may be answered to those who make and answer them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import UserError, answers
from ordergraph.api.scalars import Money, publish
from ordergraph.disputes import models, refusals
from ordergraph.disputes.words import (
    DisputeParty,
    OfferStatus,
    OfferType,
    ShippingPayer,
)
from ordergraph.kernel.actor import Role

if TYPE_CHECKING:
    from ordergraph.disputes.graphql import Dispute

for _words in (DisputeParty, OfferType, OfferStatus, ShippingPayer):
    publish(_words)


@strawberry.type(description="What one side of a dispute proposes; the other may accept it.")
class Offer(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_offer"

    id: relay.NodeID[UUID]
    made_by: Role = strawberry.field(description="Whose offer it is: the buyer's or the seller's.")
    by_rule: int | None = strawberry.field(
        description="Which version of the seller's rules made it; null when a person did."
    )
    type: OfferType = strawberry.field(description="What is offered.")
    status: OfferStatus = strawberry.field(description="Whether it stands, or what became of it.")
    amount: Money = strawberry.field(description="How much the buyer would get.")
    return_paid_by: ShippingPayer | None = strawberry.field(
        description="Who would pay for sending the goods back first; null when they stay."
    )
    made_at: datetime = strawberry.field(description="When it was made.")
    ended_at: datetime | None = strawberry.field(description="When it stopped standing.")
    row: strawberry.Private[models.Offer]

    @classmethod
    def of(cls, row: models.Offer) -> Self:
        return cls(
            id=row.id,
            made_by=Role[row.made_by],
            by_rule=row.by_rule,
            type=row.type,
            status=row.status,
            amount=Money.of(row.amount),
            return_paid_by=row.return_paid_by,
            made_at=row.made_at,
            ended_at=row.ended_at,
            row=row,
        )

    @loaded(description="The dispute that it would settle.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.row.dispute_id)
        assert dispute is not None, "who sees an offer sees its dispute"
        return dispute


def standing(offers: list[Offer], by: Role) -> Offer | None:
    """The one that this side has on the table."""
    mine = (o for o in offers if o.made_by is by and o.status is OfferStatus.OPEN)
    return next(mine, None)


@answers(refusals.OfferNotOpen)
@strawberry.type(description="The offer does not stand any more.")
class OfferNotOpenError(UserError):
    status: OfferStatus | None = strawberry.field(
        description="What became of it; null where that side has made none."
    )


@answers(refusals.WrongSideOfOffer)
@strawberry.type(description="Whose offer it is takes it back; the other side answers it.")
class WrongSideOfOfferError(UserError):
    made_by: Role = strawberry.field(description="Whose offer it is.")


@answers(refusals.TooManyOffers)
@strawberry.type(description="There were so many offers that no more can be made.")
class TooManyOffersError(UserError):
    most: int = strawberry.field(description="How many there may be in one dispute.")


@answers(refusals.ExtensionsUsedUp)
@strawberry.type(description="The deadlines of this dispute cannot be put off any more.")
class ExtensionsUsedUpError(UserError):
    most: int = strawberry.field(description="How often it was possible.")


@answers(refusals.ExtensionAlreadyAsked)
@strawberry.type(description="More time was asked for, and not granted yet.")
class ExtensionAlreadyAskedError(UserError):
    seconds: int = strawberry.field(description="How much.")


@answers(refusals.ExtensionNotAsked)
@strawberry.type(description="Nobody asks for more time, so none can be granted.")
class ExtensionNotAskedError(UserError):
    pass
