"""What is asked: two screens that are read, and one button that is pressed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from bench import market
from bench.market import Case
from bench.options import Options
from bench.stage import Stage

PRESSED_PER_S: Final = 400
"""So many orders lie ready for each second that one contender cancels them."""


@dataclass(frozen=True, slots=True)
class Workload:
    """`document` names the file of the question; every good answer `holds` this text.

    Where `once`, a question can be asked one time only.
    """

    name: str
    about: str
    document: str
    holds: str
    once: bool = False


A: Final = Workload(
    "A", "the first 20 purchases of a user, with lines and refunds", "purchases", '"pageInfo"'
)
B: Final = Workload(
    "B", "one order with its dispute and 20 messages of it", "dispute", '"pageInfo"'
)
C: Final = Workload(
    "C",
    "orderCancel: lock, refund, ledger, events, outbox, key",
    "cancel",
    "OrderCancelSuccess",
    once=True,
)
WORKLOADS: Final = (A, B, C)


@dataclass(slots=True)
class Questions:
    """The cases of one workload, and those of them that nobody has been asked about yet."""

    workload: Workload
    cases: Sequence[Case]
    fresh: Iterator[Case] = field(init=False)

    def __post_init__(self) -> None:
        self.fresh = iter(self.cases)

    def some(self, options: Options) -> list[Case]:
        """For one round of one contender."""
        if not self.workload.once:
            return list(self.cases)
        return list(islice(self.fresh, pressed(options)))


def pressed(options: Options) -> int:
    return max(int(options.seconds * PRESSED_PER_S), 4 * options.connections)


async def questions(stage: Stage, options: Options, cancelers: int) -> list[Questions]:
    """Everything that is to be asked; first enough orders are placed for so many who cancel them."""
    return [
        Questions(workload, await _cases(stage, workload, options, cancelers))
        for workload in WORKLOADS
        if options.measures(workload.name)
    ]


async def _cases(
    stage: Stage, workload: Workload, options: Options, cancelers: int
) -> Sequence[Case]:
    if workload is A:
        return await market.buyers(stage.database_url)
    if workload is B:
        return await market.disputes(stage.database_url)
    each = (options.rounds + 1) * pressed(options) + options.compared
    return await stage.cancelable(cancelers * each)
