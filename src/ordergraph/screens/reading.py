"""What phones show most: one order, or a page of them, with everything below that is asked for.

All of it is read by one statement, however long the page is: needs.py says what comes along for which
field. It is handed to the loaders, so that the fields' resolvers find it there; whatever needs.py
does not name is asked for later, by the loaders, as everywhere else. So this can make an answer
faster, and never another one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from orjson import Fragment

from ordergraph.api.context import Info
from ordergraph.api.pages import LARGEST_PAGE, Connection, Slice, cut, itself, paged, place
from ordergraph.api.ready import Nodes, Verbatim
from ordergraph.api.selection import selected
from ordergraph.disputes.graphql import Dispute
from ordergraph.infra.coalescing import Found, question
from ordergraph.infra.reading import rows
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.graphql import NEWEST, Order
from ordergraph.orders.queries import ROWS, Where, where_seen
from ordergraph.screens.deciding import cancelable
from ordergraph.screens.gaps import Closing, filled
from ordergraph.screens.items import Items, of_items, of_order
from ordergraph.screens.needs import Brought, of_dispute, of_one, of_page
from ordergraph.screens.places import REMEMBERED
from ordergraph.screens.written import Written

if TYPE_CHECKING:
    from ordergraph.loaders import Loaders

OF_DISPUTE: Final = "orders.id = (SELECT order_id FROM disputes WHERE id = {}::uuid)"


class _Place(NamedTuple):
    placed_at: datetime
    id: UUID


class _Parties(NamedTuple):
    buyer_id: UUID
    seller_id: UUID


class Screens:
    """Reads orders for one operation, and tells its loaders what came along."""

    def __init__(self, load: "Loaders") -> None:
        self._load = load

    async def page(self, info: Info, which: Where, wanted: Slice) -> Connection[Order]:
        """A page of these orders, newest first."""
        if wanted.after is not None:
            after = NEWEST.place(wanted.after)
            which = which.also("(orders.placed_at, orders.id) < ({}, {})", *after)
        items = of_items(selected(info), info.variable_values) if _goes_verbatim(info) else None
        if items is None:
            return await self._of_rows(info, which, wanted, verbatim=_goes_verbatim(info))
        return await self._of_text(info, items, which, wanted)

    async def _of_rows(
        self, info: Info, which: Where, wanted: Slice, *, verbatim: bool
    ) -> Connection[Order]:
        along = of_page(selected(info), info.variable_values, verbatim=verbatim)
        return paged(await self._read(info, along, which, wanted.size + 1), NEWEST, wanted, itself)

    async def _of_text(
        self, info: Info, items: Items, which: Where, wanted: Slice
    ) -> Connection[Order]:
        """Written by Postgres to the last item. Who asks for these all the same is given rows."""
        language, actor = info.context.language, info.context.actor
        found = await self._select(info, items.select, items.decided, which, wanted.size + 1)
        kept = cut(found, wanted)

        async def again() -> list[Any]:
            return (await self._of_rows(info, which, wanted, verbatim=False)).items or []

        ends = [_Place(*record[:2]) for record in (*kept[:1], *kept[-1:])]
        page = Connection[Order](
            place=place(ends, NEWEST, wanted, more=len(found) > len(kept)), items=None, again=again
        )
        try:
            by = Closing(language, _on_pages(actor), await self._decided(info, items, kept))
            page.written = {
                each.nodes: Fragment(filled(f"[{','.join(column)}]", by))
                for each, column in zip(items.written, items.columns(kept), strict=True)
            }
        except Exception:  # noqa: BLE001  (it is asked again, of rows, and told)
            page.written = {}
        return page

    async def _decided(self, info: Info, items: Items, found: Found) -> dict[str, bool]:
        """What Python decides of these orders, if anything."""
        if not items.decided:
            return {}
        context = info.context
        return cancelable(items.facts(found), context.actor, await context.now())

    async def alone(self, info: Info, which: Where) -> Any:
        """The order that this is, if there is one, for a field that is no list; or its JSON (ready.py)."""
        verbatim = _goes_verbatim(info)
        items = of_order(selected(info), info.variable_values) if verbatim else None
        if items is None:
            return await self.one(info, which, verbatim=verbatim)
        found = await self._select(info, items.select, items.decided, which)
        if not found:
            return None
        role = info.context.actor.role_on(_Parties(*found[0][:2]))
        assert role is not None, "an order is shown only to those who have a role on it"
        try:
            as_operator = role is Role.OPERATOR
            decided = await self._decided(info, items, found)
            by = Closing(info.context.language, as_operator, decided)
            ((text,),) = items.columns(found)
            return Fragment(filled(text, by))
        except Exception:  # noqa: BLE001  (it is asked again, of rows, and told)
            return await self.one(info, which, verbatim=False)

    async def one(self, info: Info, which: Where, *, verbatim: bool) -> Order | None:
        """The order that this is, if there is one."""
        along = of_one(selected(info), info.variable_values, verbatim=verbatim)
        found = await self._read(info, along, which)
        return found[0] if found else None

    async def several(self, info: Info, ids: Sequence[UUID]) -> list[Order | None]:
        """The orders with these ids, None for each that is not there."""
        along = of_one(selected(info), info.variable_values, verbatim=_goes_verbatim(info))
        which = where_seen(info.context.actor).also("orders.id = ANY({}::uuid[])", ids)
        found = {
            order.row.id: order for order in await self._read(info, along, which, LARGEST_PAGE)
        }
        return [found.get(id_) for id_ in ids]

    async def dispute(self, info: Info, dispute_id: UUID) -> Dispute | None:
        """The dispute with this id, if there is one. Along with its order comes the newest: an earlier one
        is left to its loader.
        """
        along = of_dispute(selected(info), info.variable_values, verbatim=_goes_verbatim(info))
        which = where_seen(info.context.actor).also(OF_DISPUTE, dispute_id)
        if not await self._read(info, along, which):
            return None
        return await self._load.visible_dispute.load(dispute_id)

    async def filled(self, info: Info, order: Order) -> Order:
        """The same order, with all that is asked for below it that its row does not say."""
        along = of_one(selected(info), info.variable_values, verbatim=False)
        if not (along.parts or along.timed):
            return order
        which = where_seen(info.context.actor).also("orders.id = {}::uuid", order.row.id)
        return await self.one(info, which, verbatim=False) or order

    async def _read(
        self, info: Info, along: Brought, which: Where, limit: int | None = None
    ) -> list[Order]:
        found = await self._select(info, along.select, along.timed, which, limit)
        return [self._taken(info, along, record) for record in found]

    async def _select(
        self, info: Info, select: str, timed: bool, which: Where, limit: int | None = None
    ) -> Found:
        """Read these of so many orders, or of the only one that there can be; where something is answered
        as of now, with the clock at the end.
        """
        context = info.context
        asks = timed and not context.timed and context.clock.known is None
        wanted = _with_clock(select) if asks else select
        if limit is None:
            asked = question(wanted, "orders", which.condition)
            found = await context.desk.coalescer.rows(asked, *which.arguments)
        else:
            found = await rows(_page(wanted, which.condition, limit), *which.arguments)
        if asks and found:
            context.tell(found[0][-1])
        elif timed:
            await context.now()
        return found

    def _taken(self, info: Info, along: Brought, record: Sequence[Any]) -> Order:
        """The order of a record, its parts told."""
        values = iter(record)
        order = Order.of(ROWS.row(along.columns, values))
        by = Closing(info.context.language, order.role(info) is Role.OPERATOR)
        if along.written:
            order.written = _ready(along.written, values, by)
        deeper = {of: _ready(written, values, by) for of, written in along.written_in.items()}
        for part, value in zip(along.parts, values, strict=False):  # the clock may follow
            shown = part.tell(self._load, order.row, part.rows(value))
            if shown is not None and part.name in deeper:
                shown.written = deeper[part.name]
        if along.whole:
            self._load.visible_order.bring(order.id, order)
        return order


# The very same text each time: whoever looks it up by its hash finds that made already.


@lru_cache(maxsize=REMEMBERED)
def _with_clock(select: str) -> str:
    return f"{select}, (SELECT ordergraph_now())"


@lru_cache(maxsize=REMEMBERED)
def _page(select: str, condition: str, limit: int) -> str:
    return (
        f"SELECT {select} FROM orders WHERE {condition}"  # noqa: S608  (nothing of it comes from outside)
        f" ORDER BY orders.placed_at DESC, orders.id DESC LIMIT {limit}"
    )


def _on_pages(actor: Actor) -> bool | None:
    """Who has no such office meets no order as an operator; of others each order would have to be asked."""
    return None if actor.office is Role.OPERATOR else False


def _goes_verbatim(info: Info) -> bool:
    return isinstance(info, Verbatim)


def _ready(
    written: Sequence[Written], texts: Iterator[str | None], by: Closing
) -> dict[Nodes, Fragment]:
    """What was written, its gaps closed."""
    return {
        each.nodes: Fragment(filled(text, by) if each.has_gaps else text)
        for each, text in zip(written, texts, strict=False)
        if text is not None
    }
