"""What can be chosen about a run, all by the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "BENCH_"
ORDERS: Final = 200_000
WORKLOADS: Final = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Options:
    """`only`: which workloads, `against`: who races beside the limit and ordergraph; nothing stands for all.

    `compared`: for how many cases all answers are compared before anything is timed.
    """

    orders: int = ORDERS
    rounds: int = 3
    seconds: float = 5.0
    connections: int = 16
    subscribers: int = 1_000
    compared: int = 40
    only: frozenset[str] = frozenset()
    against: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether it is a run that may be shown to others."""
        return not self.only and not self.against and self.orders >= ORDERS

    def measures(self, workload: str) -> bool:
        return not self.only or workload in self.only

    def races(self, contender: str) -> bool:
        return not self.against or contender in self.against


def read(env: Mapping[str, str] = os.environ) -> Options:
    """The field's name in capitals behind BENCH_; lists with commas: BENCH_ONLY=A,B BENCH_AGAINST=limit."""
    usual, only = Options(), _names(env.get(f"{PREFIX}ONLY", "").upper())
    if not only <= set(WORKLOADS):
        raise SystemExit(f"{PREFIX}ONLY should be some of {', '.join(WORKLOADS)}")
    return Options(
        orders=int(env.get(f"{PREFIX}ORDERS", usual.orders)),
        rounds=int(env.get(f"{PREFIX}ROUNDS", usual.rounds)),
        seconds=float(env.get(f"{PREFIX}SECONDS", usual.seconds)),
        connections=int(env.get(f"{PREFIX}CONNECTIONS", usual.connections)),
        subscribers=int(env.get(f"{PREFIX}SUBSCRIBERS", usual.subscribers)),
        only=only,
        against=_names(env.get(f"{PREFIX}AGAINST", "")),
    )


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())
