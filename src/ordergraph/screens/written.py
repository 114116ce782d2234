"""What Postgres writes as JSON, ready to stand in the answer: an order's lists, dispute, thread, timeline.

It can where all that is asked for stands in columns: then nobody makes rows, objects and dictionaries
of them only to write them out again, which would take most of a page's time. What is asked for
otherwise comes along as rows (parts.py). Only the very nodes of the document that something was
written for get it (api/ready.py); for any others the field's resolver is asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from tortoise.models import Model

from ordergraph.accounts.graphql import User
from ordergraph.accounts.models import User as UserRow
from ordergraph.api import sql
from ordergraph.api.pages import Slice
from ordergraph.api.ready import Nodes
from ordergraph.api.scalars import Money
from ordergraph.cancellations.graphql import Cancellation
from ordergraph.cancellations.queries import FOREMOST
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.queries import READ_AT
from ordergraph.disputes.types import Message
from ordergraph.files.graphql import Attachment
from ordergraph.files.models import Attachment as AttachmentRow
from ordergraph.marketplace.graphql import Reason
from ordergraph.marketplace.models import Reason as ReasonRow
from ordergraph.orders.types import Event, OrderLine
from ordergraph.payments.queries import REFUNDABLE, REFUNDED
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.models import Refund as RefundRow
from ordergraph.screens.asked import Asked, Unwritable
from ordergraph.screens.gaps import GAPS, MARK, author
from ordergraph.screens.parts import PAGES, PARTS, Part
from ordergraph.screens.shown import Rows, money, shown

LARGEST: Final = 10_000
"""Letters of SQL in all; asyncpg prepares a statement of more than 15,000 anew each time."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one field of a document is answered, as an expression over `orders`: JSON as text."""

    of: str
    """The part in whose object the field is asked for; empty: in the order itself."""
    nodes: Nodes
    sql: str
    has_gaps: bool

    @classmethod
    def by(cls, of: str, asked: Asked, sql: str) -> Self:
        return cls(of, tuple(map(id, asked.nodes)), sql, MARK in sql)


@dataclass(frozen=True, slots=True)
class Form:
    """How a field is written: as what, of which type and rows, and in which currency they are."""

    way: Callable[["Form", Asked], str]
    kind: type
    rows: str
    """Their name in PARTS, or in PAGES."""
    currency: str = ""

    @property
    def part(self) -> Part:
        return PARTS[self.rows]

    @property
    def of(self) -> "Rows":
        part = PAGES[self.rows][0](Slice(1)) if self.rows in PAGES else self.part
        return Rows(self.kind, part.model, "part", self.currency)


@dataclass(frozen=True, slots=True)
class Link:
    """What one row of a part leads to: rows of this type and model, called `linked`."""

    kind: type
    model: type[Model]
    where: str
    sort: str = ""
    """The order of a list; else there is one at most."""

    def sql(self, asked: Asked) -> str:
        found = node(Rows(self.kind, self.model, "linked", "linked.currency"), asked)
        table = self.model._meta.db_table  # noqa: SLF001  (the ORM has no other way)
        select = f"SELECT {found} FROM {table} AS linked WHERE {self.where}"  # noqa: S608  (names that the parser let in, and texts of our own)
        return (
            sql.listed(f"{select} ORDER BY {self.sort}")
            if self.sort
            else sql.or_null(f"({select})")
        )


def written(places: Iterable[Asked], of: str = "") -> dict[str, list[Written]]:
    """What can be written of all that is asked for at places where orders stand, by what it is of; or
    where what such a field of orders leads to stands.
    """
    found: dict[str, list[Written]] = {"": []}
    room = LARGEST
    kind = FORMS["Order"][of].kind.__name__ if of else "Order"
    for place in places:
        for each in _written(kind, of, place):
            if len(each.sql) <= room:
                room -= len(each.sql)
                found.setdefault(each.of, []).append(each)
    return found


def _written(kind: str, of: str, place: Asked) -> Iterator[Written]:
    try:
        asked = place.below(kind)
    except Unwritable:
        return
    for each in asked.values():
        form = FORMS[kind].get(each.name)
        if form is None:
            continue
        try:
            yield Written.by(of, each, form.way(form, each))
        except Unwritable:
            if form.kind.__name__ in FORMS:
                yield from _written(form.kind.__name__, each.name, each)


def edge(rows: Rows, asked: Asked, place: str) -> str:
    kind = f"{rows.kind.__name__}Edge"
    known = {"cursor": sql.plain(place), "__typename": sql.literal(kind)}
    return sql.written({
        name: node(rows, each) if each.name == "node" else known[each.name]
        for name, each in asked.below(kind).items()
    })  # fmt: skip


def _listed(form: Form, asked: Asked) -> str:
    """All rows of a part."""
    return sql.listed(form.part.select(node(form.of, asked)))


def _first(form: Form, asked: Asked) -> str:
    """The first row of a part; nothing is written where there is none."""
    return f"({form.part.select(node(form.of, asked))} LIMIT 1)"


def _first_or_null(form: Form, asked: Asked) -> str:
    return sql.or_null(_first(form, asked))


def _foremost(form: Form, asked: Asked) -> str:
    """The one cancellation to show."""
    part = replace(form.part, sort=FOREMOST)
    return sql.or_null(f"({part.select(node(form.of, asked))} LIMIT 1)")


def _of_payment(minor: str) -> Callable[["Form", Asked], str]:
    """So much of the payment; where there is none, zero."""

    def way(form: Form, asked: Asked) -> str:
        return money(f"coalesce(({form.part.select(minor)} LIMIT 1), 0)", form.currency, asked)

    return way


def _paged(form: Form, asked: Asked) -> str:
    """A page at one end of a part that is sorted by position; a row more tells whether it goes on there."""
    page = asked.said.page(form.rows)
    size, part, kind = page.size, PAGES[form.rows][0](page), form.kind.__name__
    more, no_more = f"(cardinality(found.rows) > {size})::text", "'false'"
    at_the_end, innermost = (
        sql.or_null(sql.plain(sql.place(f"(found.rows[{nth}]).position")))
        for nth in ("1", f"least({size}, cardinality(found.rows))")
    )
    info = {
        "hasNextPage": more if page.forward else no_more,
        "hasPreviousPage": no_more if page.forward else more,
        "startCursor": at_the_end if page.forward else innermost,
        "endCursor": innermost if page.forward else at_the_end,
        "__typename": sql.literal("PageInfo"),
    }
    sort = "" if page.forward else " ORDER BY part.position"

    def items(item: str) -> str:
        return sql.listed(f"SELECT {item} FROM unnest(found.rows[1:{size}]) AS part{sort}")  # noqa: S608  (names that the parser let in, and texts of our own)

    ways: dict[str, Callable[[Asked], str]] = {
        "edges": lambda below: items(edge(form.of, below, sql.place("part.position"))),
        "nodes": lambda below: items(node(form.of, below)),
        "pageInfo": lambda below: sql.written(
            {name: info[each.name] for name, each in below.below("PageInfo").items()}
        ),
        "__typename": lambda _: sql.literal(f"{kind}Connection"),
    }
    found = sql.written(
        {name: ways[each.name](each) for name, each in asked.below(f"{kind}Connection").items()}
    )
    return f"(SELECT {found} FROM (SELECT {part.sql()} AS rows) AS found)"  # noqa: S608  (as above)


# fmt: off
FORMS: Final[Mapping[str, Mapping[str, Form]]] = {
    "Order": {
        # field             written as               type           its rows         their currency
        "lines":        Form(_listed,                 OrderLine,    "lines",         "orders.currency"),
        "refunds":      Form(_listed,                 Refund,       "refunds",       "part.currency"),
        "buyer":        Form(_first,                  User,         "buyer"),
        "seller":       Form(_first,                  User,         "seller"),
        "dispute":      Form(_first_or_null,          Dispute,      "dispute",       "part.currency"),
        "cancellation": Form(_foremost,               Cancellation, "cancellations"),
        "refunded":     Form(_of_payment(REFUNDED),   Money,        "payment",       "orders.currency"),
        "refundable":   Form(_of_payment(REFUNDABLE), Money,        "payment",       "orders.currency"),
        "timeline":     Form(_paged,                  Event,        "timeline"),
    },
    "Dispute": {
        "messages":     Form(_paged,                  Message,      "dispute.messages"),
    },
}
AUTHOR: Final = "Message.author"
ATTACHED: Final = "linked.attached_to_id = part.id AND linked.attached_at IS NOT NULL"
LINKS: Final = {
    # field                type          its rows   which of them
    AUTHOR:                Link(User,   UserRow,   "linked.id = part.author_id"),
    "Message.attachments": Link(Attachment, AttachmentRow, ATTACHED, "linked.place"),
    "Dispute.reason":      Link(Reason, ReasonRow, "linked.id = part.reason_id"),
    "Dispute.refund":      Link(Refund, RefundRow, "linked.cause_id = part.id"),
    "Cancellation.reason": Link(Reason, ReasonRow, "linked.id = part.reason_id"),
    "Cancellation.refund": Link(Refund, RefundRow, "linked.cause_id = part.id"),
}
ASIDE: Final = {
    # what one value out of other rows says
    "Message.readByOtherAt": sql.or_null(sql.plain(sql.moment(READ_AT))),
}
# fmt: on


def node(rows: Rows, asked: Asked) -> str:
    """One row."""
    kind = rows.kind.__name__
    return sql.written({name: _value(rows, each) for name, each in asked.below(kind).items()})


def _value(rows: Rows, asked: Asked) -> str:
    kind, name = rows.kind.__name__, asked.name
    if name == "__typename":
        return sql.literal(kind)
    if name == "id":
        return sql.plain(sql.global_id(kind, f"{rows.name}.id"))
    form = FORMS.get(kind, {}).get(name)
    if form is not None:
        return form.way(form, asked)
    field = f"{kind}.{name}"
    if field in LINKS:
        found = LINKS[field].sql(asked)
        return author(found).sql(rows.name) if field == AUTHOR else found
    if field in GAPS:
        return GAPS[field].sql(rows.name)
    return ASIDE[field] if field in ASIDE else shown(rows, asked)
