"""Adding up what a replay finds: how many of each kind, for example which, and how much money moves."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import DAY, Policy
from ordergraph.replay.process import Difference, Kind, replay
from ordergraph.replay.reading import Past

EXAMPLES: Final = 3


@dataclass(slots=True)
class Count:
    """All differences of one kind. `money` is minor units times seconds, by currency."""

    times: int = 0
    examples: list[str] = field(default_factory=list)
    money: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, number: str, currency: str, difference: Difference) -> None:
        self.times += 1
        if len(self.examples) < EXAMPLES and number not in self.examples:
            self.examples.append(number)
        if difference.minor:
            self.money[currency] += difference.minor * abs(difference.seconds)

    def money_days(self) -> dict[str, Decimal]:
        """For each currency how much money comes how many days sooner or later, as one product."""
        return {currency: _days(total, currency) for currency, total in sorted(self.money.items())}


def _days(minor_seconds: int, currency: str) -> Decimal:
    return Money(minor_seconds // DAY, currency).amount


@dataclass(slots=True)
class Tally:
    """What came of replaying so many orders."""

    orders: int = 0
    counts: dict[Kind, Count] = field(default_factory=dict)


async def tally(batches: AsyncIterator[Past], new: Policy) -> Tally:
    """Replay batch after batch; no more than one of them is in memory."""
    found = Tally()
    async for batch in batches:
        found.orders += len(batch)
        for order, old in batch:
            for difference in replay(order, old, new):
                count = found.counts.setdefault(difference.kind, Count())
                count.add(order.number, order.currency, difference)
    return found
