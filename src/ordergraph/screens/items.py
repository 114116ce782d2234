"""A page of orders as text: Postgres writes it from beginning to end, and nobody makes an order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from asyncpg import Record

from ordergraph.api import sql
from ordergraph.api.selection import Selection
from ordergraph.orders.graphql import Order
from ordergraph.orders.models import Order as OrderRow
from ordergraph.screens.asked import Asked, Said, Unwritable
from ordergraph.screens.gaps import CAN_CANCEL, MAY_CANCEL
from ordergraph.screens.parts import PARTS
from ordergraph.screens.places import REMEMBERED, in_connection, said_by
from ordergraph.screens.shown import Rows
from ordergraph.screens.written import LARGEST, Written, edge, node


@dataclass(frozen=True, slots=True)
class Items:
    """What one statement reads of a page of orders."""

    written: Sequence[Written]
    decided: bool
    """Whether Python has a word in it: the rows that are asked about come along."""
    select: str
    """Of each order: its moment, its id, the texts, and maybe row and late requests."""

    def columns(self, found: Sequence[Record]) -> list[list[str]]:
        """The texts of all items, by what was written."""
        return [[record[nth] for record in found] for nth in range(2, 2 + len(self.written))]

    def rows(self, found: Iterable[Record]) -> list[tuple[Record, list[Record]]]:
        """Those of which something is to be decided."""
        at = 2 + len(self.written)
        asked = found if self.decided else ()
        return [(record[at], record[at + 1]) for record in asked if record[at] is not None]


def of_items(asked: Selection, variables: Mapping[str, Any]) -> Items | None:
    """For a connection of orders; None where some of its items cannot be written."""
    return _items(asked, said_by(asked, in_connection(asked), variables))


@lru_cache(maxsize=REMEMBERED)
def _items(asked: Selection, said: Said) -> Items | None:
    try:
        found = _written(Asked(asked.nodes, asked.fragments, said))
    except Unwritable:
        return None
    decided = any(CAN_CANCEL in each.sql for each in found)
    row = [
        f"CASE WHEN {MAY_CANCEL} THEN {each} END" for each in ("orders", PARTS["requests"].sql())
    ]
    texts = [each.sql for each in found]
    select = ", ".join(["orders.placed_at", "orders.id", *texts, *(row if decided else ())])
    return Items(found, decided, select) if found else None


def _written(connection: Asked) -> list[Written]:
    """Its edges and its nodes, each as an expression over `orders`; raises Unwritable."""
    found = [
        Written.by("", each, ITEMS[each.name](each))
        for each in connection.below("OrderConnection").values()
        if each.name in ITEMS
    ]
    if sum(len(each.sql) for each in found) > LARGEST:
        raise Unwritable
    return found


def _edge(asked: Asked) -> str:
    return edge(ORDERS, asked, sql.place_in_time("orders.placed_at", "orders.id"))


def _node(asked: Asked) -> str:
    return node(ORDERS, asked)


ORDERS: Final = Rows(Order, OrderRow, "orders", "orders.currency")
ITEMS: Final = {"edges": _edge, "nodes": _node}
