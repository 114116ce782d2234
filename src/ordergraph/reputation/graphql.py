"""Reputation in the API."""

from collections.abc import Collection
from decimal import Decimal
from typing import Self
from uuid import UUID

import strawberry

from ordergraph.accounts.words import TradingSide
from ordergraph.api.context import Context
from ordergraph.reputation import queries
from ordergraph.reputation.process import SPAN, Tally

Key = tuple[UUID, TradingSide]


@strawberry.type(
    description="How often somebody was at fault in the last 60 days, by the reasons that were given."
    " What the other side caused does not count. Below 10 orders there are no rates."
)
class Reputation:
    orders: int = strawberry.field(description="How many orders were placed and paid.")
    cancellations: int = strawberry.field(
        description="Of these, canceled (some or all of it) by this side's fault: out of stock, or"
        " never shipped, for a seller."
    )
    disputes: int = strawberry.field(
        description="Of these, disputed by this side's fault, with money for the buyer in the end."
    )
    cancellation_rate: Decimal | None = strawberry.field(
        description="Cancellations as a part of orders, such as 0.0250; null below 10 orders."
    )
    dispute_rate: Decimal | None = strawberry.field(
        description="Disputes as a part of orders; null below 10 orders."
    )

    @classmethod
    def of(cls, tally: Tally) -> Self:
        return cls(
            orders=tally.orders,
            cancellations=tally.cancellations,
            disputes=tally.disputes,
            cancellation_rate=tally.rate(tally.cancellations),
            dispute_rate=tally.rate(tally.disputes),
        )


async def reputations(context: Context, keys: Collection[Key]) -> dict[Key, Reputation]:
    """Those that the viewer may see; one statement counts for all of one side."""
    since, found = await context.now() - SPAN, dict[Key, Reputation]()
    for side in TradingSide:
        asked = [user_id for user_id, of in keys if of is side]
        if shown := await queries.shown_to(context.actor, side, asked) if asked else []:
            tallies = await queries.tallies(side, shown, since)
            found |= {(id_, side): Reputation.of(tallies.get(id_, Tally())) for id_ in shown}
    return found
