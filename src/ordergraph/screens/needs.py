"""What a statement reads of an order, and along with it, for which of its fields."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias, get_type_hints

from asyncpg import Record
from graphql import FieldNode, IntValueNode, VariableNode
from strawberry.utils.str_converters import to_camel_case

from ordergraph.api.columns import COLUMNS
from ordergraph.api.pages import LARGEST_PAGE
from ordergraph.api.selection import Selection, steering
from ordergraph.cancellations.process import OrderFacts
from ordergraph.orders.graphql import Order
from ordergraph.orders.models import Order as OrderRow
from ordergraph.screens.asked import Asked, Said, Unwritable
from ordergraph.screens.gaps import CAN_CANCEL, MAY_CANCEL
from ordergraph.screens.parts import LATE, PAGES, PARTS, Part
from ordergraph.screens.written import Written, items, written

# fmt: off
ALL: Final = frozenset({"*"})
FACTS: Final = (*get_type_hints(OrderFacts), "late_cancellation")
NEEDS: Final[Mapping[str, tuple[Collection[str], tuple[str, ...]]]] = {
    # what is asked for of an order    its columns    and its parts
    "buyer":                          ((),            ("buyer",)),
    "seller":                         ((),            ("seller",)),
    "lines":                          ((),            ("lines",)),
    "paymentStatus":                  ((),            ("payment",)),
    "refunded":                       ((),            ("payment",)),
    "refundable":                     ((),            ("payment",)),
    "canCancel":                      (FACTS,         ("requests",)),
    "refunds":                        ((),            ("refunds",)),
    "refunds.lines":                  ((),            ("lines",)),
    "refunds.actions":                (ALL,           ()),
    "refunds.order":                  (ALL,           ()),
    "cancellation":                   ((),            ("cancellations",)),
    "cancellation.refund":            ((),            ("refunds",)),
    "cancellation.lines":             (ALL,           ("lines",)),
    "cancellation.actions":           (ALL,           ()),
    "cancellation.order":             (ALL,           ()),
    "actions":                        (ALL,           ("payment", "dispute", "requests", "lines")),
    "dispute":                        (ALL,           ("dispute",)),
    "dispute.refund":                 (ALL,           ("refunds",)),
    "dispute.lines":                  (ALL,           ("lines",)),
    "dispute.messages.edges.node.author": ((),        ("buyer", "seller")),
    "dispute.messages.nodes.author":  ((),            ("buyer", "seller")),
    "cancellationPreview":            (ALL,           ("payment", "lines", "refunds", "requests")),
    "disputePreview":                 (ALL,           ("payment", "dispute")),
    "timeline":                       ((),            ()),
    "timelineIntegrity":              ((),            ()),
    "id":                             ((),            ()),
    "__typename":                     ((),            ()),
}
"""A field that is neither here nor shown from named columns has all columns, and no parts."""
TIMED: Final = ("canCancel", "actions", "refunds.actions", "cancellation.actions", "dispute.actions",
                "cancellationPreview", "disputePreview")
"""What is answered as of now."""
COMPUTED: Final = {"late_cancellation": LATE}
"""What is read of an order that is no column of its own."""
# fmt: on

ALWAYS: Final = frozenset({"id", "placed_at", "buyer_id", "seller_id", "currency"})
"""What the cursor, the viewer's role and every amount need."""
SHOWN: Final = {
    to_camel_case(field.python_name): frozenset(field.metadata[COLUMNS])
    for field in Order.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by strawberry.type
    if COLUMNS in field.metadata
}
"""Which columns each plain field of an order shows."""

REMEMBERED: Final = 500
"""How many statements are remembered; each is a text of up to 15,000 letters."""
Places: TypeAlias = tuple[Selection, ...]
"""Where in a document the same orders are asked for."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What one statement reads for one selection."""

    columns: tuple[str, ...]
    written: Sequence[Written]
    """What Postgres writes of an order as JSON, …"""
    written_in: Mapping[str, Sequence[Written]]
    """… and of the objects of some of its parts."""
    parts: tuple[Part, ...]
    whole: bool
    """Whether the order's row lacks nothing, so that anybody may have it."""
    timed: bool
    select: str


@cache
def everything() -> frozenset[str]:
    """All columns of an order: the ORM knows them when it has been started."""
    return frozenset(OrderRow._meta.fields_db_projection.values())  # noqa: SLF001  (it has no other way)


@lru_cache(maxsize=REMEMBERED)
def _brought(places: Places, said: Said, *, verbatim: bool) -> Brought:
    """What comes along with orders of which this is asked for; `verbatim`: if it can, as JSON."""
    asks = [Asked(place.nodes, place.fragments, said) for place in places]
    writes = written(asks) if verbatim else {}
    ready = {node for some in writes.values() for each in some for node in each.nodes}
    ready.update(*(each.skipped for each in asks))

    def left(path: str) -> bool:
        return any(_left(place, path, ready) for place in places)

    asked = [path for path in NEEDS if left(path)]
    columns = ALWAYS.union(*(NEEDS[path][0] for path in asked))
    for name in {name for place in places for name in place.fields}.difference(NEEDS):
        columns |= SHOWN.get(name, ALL)
    whole = columns.issuperset(ALL)
    names = tuple(sorted(everything() if whole else columns))
    parts = (
        *dict.fromkeys(PARTS[part] for path in asked for part in NEEDS[path][1]),
        *(PAGES[path][0](size) for path, size in said.sizes if left(path)),
    )
    shown = [
        *(COMPUTED.get(name, f"orders.{name}") for name in names),
        *(each.sql for some in writes.values() for each in some),
        *(part.sql() for part in parts),
    ]
    timed = any(path in TIMED for path in asked)
    own = writes.pop("", ())
    return Brought(names, own, writes, parts, whole, timed, ", ".join(shown))


def _left(asked: Selection, path: str, ready: Collection[int]) -> bool:
    """Whether some of what lies at the end of a path is not written."""
    for name in path.split("."):
        asked = asked.below(name)
        if all(id(node) in ready for node in asked.nodes):
            return False
    return True


def _said(asked: Selection, places: Places, variables: Mapping[str, Any]) -> Said:
    sizes = []
    for path, nodes in _pages(places):
        size = _first(nodes, variables, PAGES[path][1])
        if size is not None:
            sizes.append((path, size))
    return Said(tuple(sizes), tuple([(name, variables.get(name)) for name in _steers(asked)]))


@lru_cache(maxsize=1_000)
def _steers(asked: Selection) -> tuple[str, ...]:
    return steering((*asked.nodes, *asked.fragments.values()))


@lru_cache(maxsize=1_000)
def _pages(places: Places) -> tuple[tuple[str, tuple[FieldNode, ...]], ...]:
    """Where lists with pages are asked for, each by its name in PAGES."""
    return tuple(
        (path, nodes)
        for path in PAGES
        if (nodes := tuple(n for place in places for n in place.below(*path.split(".")).nodes))
    )


def _first(nodes: Sequence[FieldNode], variables: Mapping[str, Any], usual: int) -> int | None:
    """How many are asked for, if that is once, and only the first ones."""
    if len(nodes) != 1:
        return None
    given = {argument.name.value: argument.value for argument in nodes[0].arguments or ()}
    first = given.pop("first", None)
    if given:
        return None
    if isinstance(first, IntValueNode):
        size = int(first.value)
    elif isinstance(first, VariableNode):
        size = variables.get(first.name.value, usual)
    else:
        size = usual
    return size if size and 0 < size <= LARGEST_PAGE else None


def of_page(asked: Selection, variables: Mapping[str, Any], *, verbatim: bool) -> Brought:
    """For a connection of orders."""
    places = _in_connection(asked)
    return _brought(places, _said(asked, places, variables), verbatim=verbatim)


def of_one(asked: Selection, variables: Mapping[str, Any], *, verbatim: bool) -> Brought:
    """For an order."""
    return _brought((asked,), _said(asked, (asked,), variables), verbatim=verbatim)


@dataclass(frozen=True, slots=True)
class Items:
    """A page of orders that Postgres writes from beginning to end."""

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
    """The same page with all of its items written; None where some of it cannot be."""
    return _items(asked, _said(asked, _in_connection(asked), variables))


@lru_cache(maxsize=REMEMBERED)
def _items(asked: Selection, said: Said) -> Items | None:
    try:
        found = items(Asked(asked.nodes, asked.fragments, said))
    except Unwritable:
        return None
    decided = any(CAN_CANCEL in each.sql for each in found)
    row = [
        f"CASE WHEN {MAY_CANCEL} THEN {each} END" for each in ("orders", PARTS["requests"].sql())
    ]
    texts = [each.sql for each in found]
    select = ", ".join(["orders.placed_at", "orders.id", *texts, *(row if decided else ())])
    return Items(found, decided, select) if found else None


@lru_cache(maxsize=1_000)
def _in_connection(asked: Selection) -> Places:
    both = asked.below("edges", "node"), asked.below("nodes")
    return tuple(place for place in both if place.nodes)
