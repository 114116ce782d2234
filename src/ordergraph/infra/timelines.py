"""Whether a timeline is whole: numbered without gaps, and every hash made of the one before."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from tortoise import connections

from ordergraph.infra.chaining import BEGINNING, fingerprint
from ordergraph.kernel.event import Plain

BATCH: Final = 5_000
"""How many events are read at once: memory does not grow with the length of a timeline."""


class Line(NamedTuple):
    """An event as it is stored: a model's rows would take most of the time of a reconciliation."""

    order_id: UUID
    position: int
    type: str
    actor_role: str
    actor_id: UUID | None
    occurred_at: datetime
    data: dict[str, Plain]
    hash: str


class Fault(NamedTuple):
    """Where a timeline breaks, what should be there, and what is."""

    position: int
    expected: str
    found: str


@dataclass(slots=True)
class Chain:
    """A timeline as far as it was read; its events come in the order of their positions."""

    events: int = 0
    head: str = BEGINNING
    """The hash that the events up to here make: whoever keeps it can tell later that none was cut off."""
    broken: Fault | None = None

    @property
    def fault(self) -> Fault | None:
        """The first thing that is wrong."""
        return self.broken if self.events else Fault(1, "an event", "no timeline")

    def add(self, row: Line) -> None:
        self.events += 1
        if self.broken is not None:
            return
        if row.position != self.events:
            self.broken = Fault(self.events, "an event", "a gap")
            return
        self.head = fingerprint(row, self.head)
        if row.hash != self.head:
            self.broken = Fault(self.events, self.head, row.hash)


async def read(order_ids: Collection[UUID]) -> dict[UUID, Chain]:
    """Read these orders' timelines from their beginnings; an order without events has an empty one."""
    chains = {order_id: Chain() for order_id in order_ids}
    async for row in _lines(sorted(chains)):
        chains[row.order_id].add(row)
    return chains


LINES: Final = f"""
SELECT {", ".join(Line._fields)} FROM events
WHERE order_id = ANY($1) AND (order_id, position) > ($2, $3)
ORDER BY order_id, position LIMIT $4"""  # noqa: S608  (our own words)


async def _lines(order_ids: Sequence[UUID]) -> AsyncIterator[Line]:
    last: Any = (UUID(int=0), 0)
    while True:
        left = [id_ for id_ in order_ids if id_ >= last[0]]
        found = await connections.get("default").execute_query_dict(LINES, [left, *last, BATCH])
        for row in found:
            yield Line(**row | {"data": orjson.loads(row["data"])})
        if len(found) < BATCH:
            return
        last = (found[-1]["order_id"], found[-1]["position"])
