"""The batched look-ups of an order's parts, for loaders.py to hold."""

from uuid import UUID

from ordergraph.api.batches import Asks
from ordergraph.kernel.actor import Actor
from ordergraph.orders import queries
from ordergraph.orders.types import Event, OrderLine


async def _lines(viewer: Actor, ids: list[UUID]) -> dict[UUID, OrderLine]:
    rows = await queries.lines_visible_to(viewer).filter(id__in=ids)
    return {row.id: OrderLine.of(row, row.order.currency) for row in rows}


async def _events(viewer: Actor, ids: list[UUID]) -> dict[UUID, Event]:
    rows = await queries.events_visible_to(viewer, ids)
    return {row.id: Event.of(row) for row in rows}


class PartLoaders:
    """Who sees an order sees its parts; whoever does not, none of them."""

    line: Asks[UUID, OrderLine | None] = Asks(_lines)
    event: Asks[UUID, Event | None] = Asks(_events)

    def __init__(self, viewer: Actor) -> None:
        self.asker = viewer
