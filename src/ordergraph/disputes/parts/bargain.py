"""What the two sides propose to each other, in the open and in private."""

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.ready import loaded
from ordergraph.disputes.offer_types import Offer, standing
from ordergraph.disputes.parts.part import Part
from ordergraph.disputes.quiet.types import PrivateLimit
from ordergraph.kernel.actor import Role


@strawberry.type
class Bargained(Part):
    @loaded(description="What was proposed by either side, oldest first: at most 50.")
    async def offers(self, info: Info) -> list[Offer]:
        return await info.context.load.offers_of_dispute.load(self.row.id)

    @loaded(description="What the buyer proposes now; first, what it was opened with.")
    async def buyer_offer(self, info: Info) -> Offer | None:
        return standing(await self.offers(info), Role.BUYER)

    @loaded(description="What the seller proposes now.")
    async def seller_offer(self, info: Info) -> Offer | None:
        return standing(await self.offers(info), Role.SELLER)

    @loaded(
        description="What you would settle for, if you have said so: disputeLimitSet. Nobody else"
        " sees it."
    )
    async def my_limit(self, info: Info) -> PrivateLimit | None:
        row = await info.context.load.my_limit.load(self.row.id)
        return PrivateLimit.of(row, self.row.currency) if row else None
