"""How many disputes you have open, and may have, in the API."""

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.refusals import UserError, answers
from ordergraph.disputes import queries, refusals
from ordergraph.marketplace import queries as marketplace


@answers(refusals.TooManyOpenDisputes)
@strawberry.type(description="You have as many open disputes as one buyer may have at once.")
class TooManyOpenDisputesError(UserError):
    open: int = strawberry.field(description="How many you have open.")
    most: int = strawberry.field(description="How many may be open at once.")


@strawberry.type(description="A buyer's open disputes, and how many there may be.")
class OpenDisputes:
    open: int = strawberry.field(description="How many of your disputes are not over.")
    most: int = strawberry.field(
        description="How many may be open at once; an order keeps the number it was placed under."
    )


@strawberry.type
class DisputeViewer:
    @strawberry.field(description="As buyer: how many disputes you have open, and may have.")
    async def open_disputes(self, info: Info) -> OpenDisputes:
        buyer_id = info.context.require_user()
        counts = await queries.open_of_buyers([buyer_id])
        _, policy = await marketplace.policy()
        return OpenDisputes(open=counts.get(buyer_id, 0), most=policy.open_disputes_most)
