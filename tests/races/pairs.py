"""Two at once, on two connections: both are inside their transaction before either does anything."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.refusal import Refusal
from tests.market import Market

Deed = Callable[[Tx], Awaitable[object]]


async def at_once(market: Market, *deeds: tuple[Actor, Deed]) -> list[str]:
    """Run each in a transaction of its own; say "done" or the refusal's name, in their order."""
    inside = asyncio.Barrier(len(deeds))

    async def run(actor: Actor, deed: Deed) -> str:
        try:
            async with market.edge.transaction(actor) as tx:
                await inside.wait()
                await deed(tx)
        except Refusal as refusal:
            return type(refusal).__name__
        return "done"

    return await asyncio.gather(*(run(actor, deed) for actor, deed in deeds))


def in_turns(number: int, *deeds: tuple[Actor, Deed]) -> Iterable[tuple[Actor, Deed]]:
    """The one that starts first differs from round to round."""
    return deeds if number % 2 else reversed(deeds)


def tally(outcomes: list[list[str]]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(sorted(outcome)) for outcome in outcomes)
