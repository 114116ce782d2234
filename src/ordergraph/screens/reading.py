"""What phones show most: one order, or a page of them, with everything below that is asked for.

All of it is read by one statement, however long the page is: needs.py says what comes along for which
field. It is handed to the loaders, so that the fields' resolvers find it there; whatever needs.py
does not name is asked for later, by the loaders, as everywhere else. So this can make an answer
faster, and never another one.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import asyncpg
import orjson

from ordergraph.api.context import Info
from ordergraph.api.pages import Connection, Slice, itself, paged
from ordergraph.api.ready import Nodes, Verbatim
from ordergraph.api.selection import selected
from ordergraph.infra.reading import rows
from ordergraph.orders.graphql import NEWEST, Order
from ordergraph.orders.queries import ROWS, Where, where_seen
from ordergraph.screens.gaps import filled
from ordergraph.screens.needs import Brought, of_one, of_page
from ordergraph.screens.written import Written

if TYPE_CHECKING:
    from ordergraph.loaders import Loaders


class Screens:
    """Reads orders for one operation, and tells its loaders what came along."""

    def __init__(self, load: "Loaders") -> None:
        self._load = load

    async def page(self, info: Info, which: Where, wanted: Slice) -> Connection[Order]:
        """A page of these orders, newest first."""
        limit = wanted.size + 1
        if wanted.after is not None:
            place = NEWEST.place(wanted.after)
            which = which.also("(orders.placed_at, orders.id) < ({}, {})", *place)
        along = of_page(selected(info), info.variable_values, verbatim=isinstance(info, Verbatim))
        return paged(await self._read(info, along, which, limit), NEWEST, wanted, itself)

    async def one(self, info: Info, which: Where) -> Order | None:
        """The order that this is, if there is one."""
        along = of_one(selected(info), info.variable_values, verbatim=isinstance(info, Verbatim))
        found = await self._read(info, along, which, 1)
        return found[0] if found else None

    async def filled(self, info: Info, order: Order) -> Order:
        """The same order, with all that is asked for below it that its row does not say."""
        along = of_one(selected(info), info.variable_values, verbatim=False)
        if not (along.parts or along.timed):
            return order
        which = where_seen(info.context.actor).also("orders.id = {}", order.row.id)
        return await self.one(info, which) or order

    async def _read(self, info: Info, along: Brought, which: Where, limit: int) -> list[Order]:
        context, select = info.context, along.select
        asks = along.timed and not context.timed and context.clock.known is None
        if asks:
            select = f"{select}, (SELECT ordergraph_now())"
        found = await rows(
            f"SELECT {select} FROM orders WHERE {which.condition}"  # noqa: S608  (nothing of it comes from outside)
            f" ORDER BY orders.placed_at DESC, orders.id DESC LIMIT {limit}",
            *which.arguments,
        )
        if asks and found:
            context.tell(found[0][-1])
        elif along.timed:
            await context.now()
        return [self._taken(along, record, context.language) for record in found]

    def _taken(self, along: Brought, record: asyncpg.Record, language: str) -> Order:
        """The order of a record, its parts told."""
        values = iter(record)
        order = Order.of(ROWS.row(along.columns, values))
        if along.written:
            order.written = _ready(along.written, values, language)
        deeper = {of: _ready(written, values, language) for of, written in along.written_in.items()}
        for part, value in zip(along.parts, values, strict=False):  # the clock may follow
            shown = part.tell(self._load, order.row, part.rows(value))
            if shown is not None and part.name in deeper:
                shown.written = deeper[part.name]
        if along.whole:
            self._load.visible_order.bring(order.id, order)
        return order


def _ready(
    written: Sequence[Written], texts: Iterator[str | None], language: str
) -> dict[Nodes, orjson.Fragment]:
    """What was written, its gaps closed."""
    return {
        each.nodes: orjson.Fragment(filled(text, language) if each.has_gaps else text)
        for each, text in zip(written, texts, strict=False)
        if text is not None
    }
