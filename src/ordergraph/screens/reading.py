"""What phones show most: one order, or a page of them, with everything below that is asked for.

All of it is read by one statement, however long the page is: needs.py says what comes along for which
field. It is handed to the loaders, so that the fields' resolvers find it there; whatever needs.py
does not name is asked for later, by the loaders, as everywhere else. So this can make an answer
faster, and never another one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from ordergraph.api.context import Info
from ordergraph.api.pages import Connection, Slice, paged
from ordergraph.api.selection import selected
from ordergraph.infra.reading import rows
from ordergraph.orders.graphql import NEWEST, Order
from ordergraph.orders.models import Order as OrderRow
from ordergraph.orders.queries import ROWS, Where, where_seen
from ordergraph.screens.needs import Brought, first_pages, of_one, of_page
from ordergraph.screens.parts import Part

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
        found = await self._read(info, of_page(selected(info)), which, limit)
        return paged(found, NEWEST, wanted, Order.of)

    async def one(self, info: Info, which: Where) -> Order | None:
        """The order that this is, if there is one."""
        found = await self._read(info, of_one(selected(info)), which, 1)
        return Order.of(found[0]) if found else None

    async def filled(self, info: Info, order: Order) -> Order:
        """The same order, with all that is asked for below it that its row does not say."""
        along = of_one(selected(info))
        if not (along.parts or along.timed):
            return order
        which = where_seen(info.context.actor).also("orders.id = {}", order.row.id)
        return await self.one(info, which) or order

    async def _read(self, info: Info, along: Brought, which: Where, limit: int) -> list[OrderRow]:
        context, parts, select = info.context, along.parts, along.select
        if along.pages:
            more = first_pages(along, info.variable_values)
            parts, select = (*parts, *more), ", ".join([select, *(part.sql() for part in more)])
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
        return [self._taken(along, parts, record) for record in found]

    def _taken(self, along: Brought, parts: Sequence[Part], record: asyncpg.Record) -> OrderRow:
        """The order of a record, its parts told."""
        values = iter(record)
        order = ROWS.row(along.columns, values)
        for part, value in zip(parts, values, strict=False):  # the clock may follow
            part.tell(self._load, order, part.rows(value))
        if along.whole:
            self._load.visible_order.bring(order.id, Order.of(order))
        return order
