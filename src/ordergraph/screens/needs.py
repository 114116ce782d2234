"""What a statement reads of an order, and along with it, for which of its fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, get_type_hints

from graphql import FieldNode, IntValueNode, VariableNode
from strawberry.utils.str_converters import to_camel_case

from ordergraph.api.columns import COLUMNS
from ordergraph.api.pages import LARGEST_PAGE
from ordergraph.api.selection import Selection
from ordergraph.cancellations.process import OrderFacts
from ordergraph.orders.graphql import Order
from ordergraph.orders.models import Order as OrderRow
from ordergraph.screens.parts import LATE, PAGES, PARTS, Part
from ordergraph.screens.written import Written, written

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


@dataclass(frozen=True, slots=True)
class Brought:
    """What one statement reads for one selection."""

    columns: tuple[str, ...]
    parts: tuple[Part, ...]
    pages: tuple[tuple[str, tuple[FieldNode, ...]], ...]
    """Where lists with pages are asked for, each by its name in PAGES."""
    written: tuple[Written, ...]
    """What Postgres writes as JSON."""
    whole: bool
    """Whether the order's row lacks nothing, so that anybody may have it."""
    timed: bool
    select: str


@cache
def everything() -> frozenset[str]:
    """All columns of an order: the ORM knows them when it has been started."""
    return frozenset(OrderRow._meta.fields_db_projection.values())  # noqa: SLF001  (it has no other way)


def brought(*selections: Selection, verbatim: bool) -> Brought:
    """What comes along with orders of which this is asked for; `verbatim`: if it can, as JSON."""
    writes = tuple(each for s in selections for each in written(s)) if verbatim else ()
    ready = {node for each in writes for node in each.nodes}
    asked = [
        path for path in NEEDS if any(_left(s.below(*path.split(".")), ready) for s in selections)
    ]
    columns = ALWAYS.union(*(NEEDS[path][0] for path in asked))
    for name in {name for selection in selections for name in selection.fields}.difference(NEEDS):
        columns |= SHOWN.get(name, ALL)
    whole = columns.issuperset(ALL)
    names = tuple(sorted(everything() if whole else columns))
    parts = tuple(dict.fromkeys(PARTS[part] for path in asked for part in NEEDS[path][1]))
    pages = tuple(
        (path, nodes)
        for path in PAGES
        if (nodes := tuple(n for s in selections for n in s.below(*path.split(".")).nodes))
    )
    timed = any(path in TIMED for path in asked)
    select = ", ".join(
        [
            *(COMPUTED.get(name, f"orders.{name}") for name in names),
            *(each.sql for each in writes),
            *(part.sql() for part in parts),
        ]
    )
    return Brought(names, parts, pages, writes, whole, timed, select)


def _left(asked: Selection, ready: Collection[int]) -> bool:
    """Whether some of it is not written."""
    return any(id(node) not in ready for node in asked.nodes)


def first_pages(along: Brought, variables: Mapping[str, Any]) -> tuple[Part, ...]:
    """The first pages that come along, each as long as the operation says."""
    found = []
    for path, nodes in along.pages:
        part, usual = PAGES[path]
        size = _first(nodes, variables, usual)
        if size is not None:
            found.append(part(size))
    return tuple(found)


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


@lru_cache(maxsize=1_000)
def of_page(asked: Selection, *, verbatim: bool) -> Brought:
    """For a connection of orders."""
    return brought(asked.below("edges", "node"), asked.below("nodes"), verbatim=verbatim)


@lru_cache(maxsize=1_000)
def of_one(asked: Selection, *, verbatim: bool) -> Brought:
    """For an order."""
    return brought(asked, verbatim=verbatim)
