"""Whether each order's timeline is whole: numbered without gaps, and every hash made of the one before."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from uuid import UUID

from ordergraph.books.process import Difference, DifferenceKind
from ordergraph.infra.outbox import BEGINNING, EventRow, fingerprint


async def broken(numbers: Mapping[UUID, str]) -> list[Difference]:
    """The first thing that is wrong with each of these orders' timelines."""
    rows = await EventRow.filter(order_id__in=list(numbers)).order_by("order_id", "position")
    chains = {id_: list(chain) for id_, chain in groupby(rows, key=lambda row: row.order_id)}
    found = ((order_id, _fault(chains.get(order_id, ()))) for order_id in numbers)
    return [
        Difference(
            kind=DifferenceKind.TIMELINE,
            order=numbers[order_id],
            order_id=str(order_id),
            subject=fault[0],
            expected=fault[1],
            found=fault[2],
        )
        for order_id, fault in found
        if fault is not None
    ]


def _fault(chain: Iterable[EventRow]) -> tuple[str, str, str] | None:
    """Where, what should be there, and what is."""
    before, position = BEGINNING, 0
    for position, row in enumerate(chain, start=1):
        if row.position != position:
            return f"event {position}", "an event", "a gap"
        before = fingerprint(row, before)
        if row.hash != before:
            return f"event {position}", before, row.hash
    return None if position else ("event 1", "an event", "no timeline")
