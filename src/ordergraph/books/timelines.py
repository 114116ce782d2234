"""Whether each order's timeline is whole: numbered without gaps, and every hash made of the one before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from tortoise import connections

from ordergraph.books.process import Difference, DifferenceKind
from ordergraph.infra.outbox import BEGINNING, fingerprint
from ordergraph.kernel.event import Plain


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


LINES: Final = f"""
SELECT {", ".join(Line._fields)} FROM events WHERE order_id = ANY($1) ORDER BY order_id, position"""  # noqa: S608  (our own words)


async def broken(numbers: Mapping[UUID, str]) -> list[Difference]:
    """The first thing that is wrong with each of these orders' timelines."""
    found = await connections.get("default").execute_query_dict(LINES, [list(numbers)])
    rows = (Line(**row | {"data": orjson.loads(row["data"])}) for row in found)
    chains = {id_: list(chain) for id_, chain in groupby(rows, key=lambda row: row.order_id)}
    faults = ((order_id, _fault(chains.get(order_id, ()))) for order_id in numbers)
    return [
        Difference(
            kind=DifferenceKind.TIMELINE,
            order=numbers[order_id],
            order_id=str(order_id),
            subject=fault[0],
            expected=fault[1],
            found=fault[2],
        )
        for order_id, fault in faults
        if fault is not None
    ]


def _fault(chain: Iterable[Line]) -> tuple[str, str, str] | None:
    """Where, what should be there, and what is."""
    before, position = BEGINNING, 0
    for position, row in enumerate(chain, start=1):
        if row.position != position:
            return f"event {position}", "an event", "a gap"
        before = fingerprint(row, before)
        if row.hash != before:
            return f"event {position}", before, row.hash
    return None if position else ("event 1", "an event", "no timeline")
