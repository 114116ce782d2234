"""Orders as text, one or a page: Postgres writes them from beginning to end, and nobody makes an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ordergraph.api import sql
from ordergraph.api.selection import Selection
from ordergraph.infra.coalescing import Found
from ordergraph.orders.graphql import Order
from ordergraph.orders.models import Order as OrderRow
from ordergraph.screens import deciding
from ordergraph.screens.asked import Asked, Said, Unwritable
from ordergraph.screens.gaps import CAN_CANCEL
from ordergraph.screens.places import REMEMBERED, in_connection, said_by
from ordergraph.screens.shown import Rows
from ordergraph.screens.written import LARGEST, Written, edge, node


@dataclass(frozen=True, slots=True)
class Items:
    """What one statement reads of a page of orders, or of one."""

    written: Sequence[Written]
    decided: bool
    """Whether Python has a word in it, by what comes along for that."""
    select: str
    """Of each order: two columns that it is found by, the texts, and maybe what deciding.py looks at."""

    def columns(self, found: Found) -> list[list[str]]:
        """The texts of all items, by what was written."""
        return [[record[nth] for record in found] for nth in range(2, 2 + len(self.written))]

    def facts(self, found: Found) -> list[deciding.Found]:
        """By which something is to be decided."""
        at = 2 + len(self.written)
        return [(record[at], record[at + 1]) for record in found] if self.decided else []


def of_items(asked: Selection, variables: Mapping[str, Any]) -> Items | None:
    """For a connection of orders; None where some of its items cannot be written."""
    return _items(asked, said_by(asked, in_connection(asked), variables))


def of_order(asked: Selection, variables: Mapping[str, Any]) -> Items | None:
    """For one order; None where not all that is asked for of it can be written."""
    return _order(asked, said_by(asked, (asked,), variables))


@lru_cache(maxsize=REMEMBERED)
def _items(asked: Selection, said: Said) -> Items | None:
    try:
        connection = Asked(asked.nodes, asked.fragments, said).below("OrderConnection").values()
        found = [
            Written.by("", each, ITEMS[each.name](each))
            for each in connection
            if each.name in ITEMS
        ]
    except Unwritable:
        return None
    return _read(found, "orders.placed_at", "orders.id")


@lru_cache(maxsize=REMEMBERED)
def _order(asked: Selection, said: Said) -> Items | None:
    whole = Asked(asked.nodes, asked.fragments, said)
    try:
        found = Written.by("", whole, _node(whole))
    except Unwritable:
        return None
    return _read([found], "orders.buyer_id", "orders.seller_id")


def _read(found: Sequence[Written], *first: str) -> Items | None:
    texts = [each.sql for each in found]
    if not 0 < sum(map(len, texts)) <= LARGEST:
        return None
    decided = any(CAN_CANCEL in text for text in texts)
    along = [deciding.SELECT] if decided else []
    return Items(found, decided, ", ".join([*first, *texts, *along]))


def _edge(asked: Asked) -> str:
    return edge(ORDERS, asked, sql.place_in_time("orders.placed_at", "orders.id"))


def _node(asked: Asked) -> str:
    return node(ORDERS, asked)


ORDERS: Final = Rows(Order, OrderRow, "orders", "orders.currency")
ITEMS: Final = {"edges": _edge, "nodes": _node}
