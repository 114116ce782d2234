"""Whether each order's timeline is whole, in the words of a reconciliation."""

from collections.abc import Mapping
from uuid import UUID

from ordergraph.books.process import Difference, DifferenceKind
from ordergraph.infra import timelines


async def broken(numbers: Mapping[UUID, str]) -> list[Difference]:
    """The first thing that is wrong with each of these orders' timelines."""
    chains = await timelines.read(numbers)
    return [
        Difference(
            kind=DifferenceKind.TIMELINE,
            order=numbers[order_id],
            order_id=str(order_id),
            subject=f"event {fault.position}",
            expected=fault.expected,
            found=fault.found,
        )
        for order_id, chain in chains.items()
        if (fault := chain.fault) is not None
    ]
