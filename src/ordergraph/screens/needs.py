"""What a statement reads of an order, and along with it, for which of its fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, get_type_hints

from strawberry.utils.str_converters import to_camel_case

from ordergraph.api.columns import COLUMNS
from ordergraph.api.selection import Selection
from ordergraph.cancellations.process import OrderFacts
from ordergraph.orders.graphql import Order
from ordergraph.orders.models import Order as OrderRow
from ordergraph.screens.asked import Asked, Said
from ordergraph.screens.parts import LATE, PAGES, PARTS, Part
from ordergraph.screens.places import (
    DISPUTE,
    REMEMBERED,
    Places,
    around_dispute,
    in_connection,
    said_by,
)
from ordergraph.screens.written import Written, written

# fmt: off
ALL: Final = frozenset({"*"})
FACTS: Final = (*get_type_hints(OrderFacts), "late_cancellation")
DISPUTED: Final = ("payment", "refunds", "dispute", "open_disputes", "requests")
ACTED_ON: Final = (*DISPUTED, "lines")
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
    "refunds.lines":                  ((),            ("lines", "refunds.lines")),
    "refunds.actions":                (ALL,           ()),
    "refunds.order":                  (ALL,           ()),
    "cancellation":                   ((),            ("cancellations",)),
    "cancellation.refund":            ((),            ("refunds",)),
    "cancellation.lines":             (ALL,           ("lines", "canceled.lines")),
    "cancellation.actions":           (ALL,           ()),
    "cancellation.order":             (ALL,           ()),
    "actions":                        (ALL,           ACTED_ON),
    "deadlines":                      (ALL,           ("requests",)),
    "dispute":                        (ALL,           ("dispute",)),
    "dispute.refund":                 (ALL,           ("refunds",)),
    "dispute.reason":                 (ALL,           ("dispute.reason",)),
    "dispute.actions":                (ALL,           ("offers",)),
    "dispute.offers":                 (ALL,           ("offers",)),
    "dispute.lines":                  (ALL,           ("lines",)),
    "dispute.order.buyer":            (ALL,           ("buyer",)),
    "dispute.order.seller":           (ALL,           ("seller",)),
    "dispute.order.lines":            (ALL,           ("lines",)),
    "dispute.messages.edges.node.author": ((),        ("buyer", "seller")),
    "dispute.messages.nodes.author":  ((),            ("buyer", "seller")),
    "disputes":                       (ALL,           ("disputes",)),
    "cancellationPreview":            (ALL,           ("payment", "lines", "refunds", "requests")),
    "disputePreview":                 (ALL,           DISPUTED),
    "timeline":                       ((),            ()),
    "timelineIntegrity":              ((),            ()),
    "id":                             ((),            ()),
    "__typename":                     ((),            ()),
}
"""A field that is neither here nor shown from named columns has all columns, and no parts."""
TIMED: Final = ("canCancel", "actions", "deadlines", "refunds.actions", "cancellation.actions",
                "dispute.actions", "cancellationPreview", "disputePreview")
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
def _brought(places: Places, said: Said, *, verbatim: bool, root: str = "") -> Brought:
    """What comes along with orders of which this is asked for; `verbatim`: if it can, as JSON.

    `root`: the field below which the document begins to ask.
    """
    tops = [place.below(root) if root else place for place in places]
    asks = [Asked(top.nodes, top.fragments, said) for top in tops]
    writes = written(asks, root) if verbatim else {}
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
        *(PAGES[path][0](page) for path, page in said.pages if left(path)),
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


def of_page(asked: Selection, variables: Mapping[str, Any], *, verbatim: bool) -> Brought:
    """For a connection of orders."""
    places = in_connection(asked)
    return _brought(places, said_by(asked, places, variables), verbatim=verbatim)


def of_dispute(asked: Selection, variables: Mapping[str, Any], *, verbatim: bool) -> Brought:
    """For a dispute, to come with its order."""
    places = around_dispute(asked)
    said = said_by(asked, places, variables)
    return _brought(places, said, verbatim=verbatim, root=DISPUTE)


def of_one(asked: Selection, variables: Mapping[str, Any], *, verbatim: bool) -> Brought:
    """For an order."""
    return _brought((asked,), said_by(asked, (asked,), variables), verbatim=verbatim)
