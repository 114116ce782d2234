"""What Postgres writes as JSON, ready to stand in the answer: an order's lists, dispute, thread, timeline.

It can where all that is asked for stands in columns: then nobody makes rows, objects and dictionaries
of them only to write them out again, which would take most of a page's time. What is asked for
otherwise comes along as rows (parts.py). Only the very nodes of the document that something was
written for get it (api/ready.py); for any others the field's resolver is asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final, Self

from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from tortoise.models import Model

from ordergraph.accounts.graphql import User
from ordergraph.accounts.models import User as UserRow
from ordergraph.api import sql
from ordergraph.api.columns import MINOR, STANDS
from ordergraph.api.ready import Nodes
from ordergraph.api.scalars import Money
from ordergraph.cancellations.graphql import Cancellation
from ordergraph.cancellations.queries import FOREMOST
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.types import Message
from ordergraph.orders.types import Event, OrderLine
from ordergraph.payments.queries import REFUNDABLE, REFUNDED
from ordergraph.refunds.graphql import Refund
from ordergraph.screens.asked import Asked, Unwritable
from ordergraph.screens.gaps import GAPS, MARK, author
from ordergraph.screens.parts import PAGES, PARTS, Part

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
class Rows:
    """What an object is written of: a row of this model, by this name in the statement."""

    kind: type
    model: type[Model]
    name: str
    currency: str


@dataclass(frozen=True, slots=True)
class Form:
    """How a field is written: as what, of which type and rows, and in which currency they are."""

    way: Callable[["Form", Asked], str]
    kind: type
    rows: str = ""
    """Their name in PARTS, or in PAGES."""
    currency: str = ""

    @property
    def part(self) -> Part:
        return PARTS[self.rows]

    @property
    def of(self) -> "Rows":
        part = PAGES[self.rows][0](1) if self.rows in PAGES else self.part
        return Rows(self.kind, part.model, "part", self.currency)


def written(places: Iterable[Asked]) -> dict[str, list[Written]]:
    """What can be written of all that is asked for at places where orders stand, by what it is of."""
    found: dict[str, list[Written]] = {"": []}
    room = LARGEST
    for place in places:
        for each in _written("Order", "", place):
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
            if form.rows in PARTS and form.kind.__name__ in FORMS:
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


def _author(_: Form, asked: Asked) -> str:
    """Who wrote a message; null for what happened by itself."""
    user = node(Rows(User, UserRow, "author", ""), asked)
    where = "author.id = part.author_id"
    return author(sql.or_null(f"(SELECT {user} FROM users AS author WHERE {where})")).sql()  # noqa: S608  (names that the parser let in, and texts of our own)


def _of_payment(minor: str) -> Callable[["Form", Asked], str]:
    """So much of the payment; where there is none, zero."""

    def way(form: Form, asked: Asked) -> str:
        return _money(f"coalesce(({form.part.select(minor)} LIMIT 1), 0)", form.currency, asked)

    return way


def _paged(form: Form, asked: Asked) -> str:
    """The first page of a part, sorted by position; a row more is read to know whether one follows."""
    size = asked.said.size(form.rows)
    part, kind = PAGES[form.rows][0](size), form.kind.__name__
    last = f"least({size}, cardinality(found.rows))"
    info = {
        "hasNextPage": f"(cardinality(found.rows) > {size})::text",
        "hasPreviousPage": "'false'",
        "startCursor": sql.or_null(sql.plain(sql.place("(found.rows[1]).position"))),
        "endCursor": sql.or_null(sql.plain(sql.place(f"(found.rows[{last}]).position"))),
        "__typename": sql.literal("PageInfo"),
    }

    def items(item: str) -> str:
        return sql.listed(f"SELECT {item} FROM unnest(found.rows[1:{size}]) AS part")  # noqa: S608  (names that the parser let in, and texts of our own)

    ways: dict[str, Callable[[Asked], str]] = {
        "edges": lambda below: items(edge(form.of, below, sql.place("part.position"))),
        "nodes": lambda below: items(node(form.of, below)),
        "pageInfo": lambda below: sql.written(
            {name: info[each.name] for name, each in below.below("PageInfo").items()}
        ),
        "__typename": lambda _: sql.literal(f"{kind}Connection"),
    }
    page = sql.written(
        {name: ways[each.name](each) for name, each in asked.below(f"{kind}Connection").items()}
    )
    return f"(SELECT {page} FROM (SELECT {part.sql()} AS rows) AS found)"  # noqa: S608  (as above)


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
    "Message": {
        "author":       Form(_author,                 User),
    },
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
    gap = GAPS.get(f"{kind}.{name}")
    return gap.sql() if gap is not None else _shown(rows, asked)


def _shown(rows: Rows, asked: Asked) -> str:
    """What stands in a column."""
    field = _fields(rows.kind).get(asked.name)
    if field is None:
        raise Unwritable
    if MINOR in field.metadata:
        minor = f"{rows.name}.{_column(rows.model, field, field.metadata[MINOR])}"
        return _money(minor, rows.currency, asked)
    if STANDS in field.metadata:
        return _plain(field, f"{rows.name}.{_column(rows.model, field, field.metadata[STANDS])}")
    raise Unwritable


def _money(minor: str, currency: str, asked: Asked) -> str:
    ways = {
        "amount": sql.plain(sql.amount(minor, currency)),
        "currencyCode": sql.plain(currency),
        "__typename": sql.literal("Money"),
    }
    return sql.written({name: ways[each.name] for name, each in asked.below("Money").items()})


def _plain(field: StrawberryField, column: str) -> str:
    """A column as it is shown; what may be missing is null then."""
    if isinstance(field.type, StrawberryOptional):
        return sql.or_null(_json(field.type.of_type, column))
    return _json(field.type, column)


def _json(kind: Any, column: str) -> str:
    """Words are stored by the names that are shown."""
    if isinstance(kind, StrawberryEnumDefinition):
        words: Any = kind.wrapped_cls
        if all(member.name == member.value for member in words):
            return sql.plain(column)
    elif kind is datetime:
        return sql.plain(sql.moment(column))
    elif kind is str:
        return sql.escaped(column)
    elif kind in {int, bool}:
        return f"{column}::text"
    raise Unwritable


def _column(model: type[Model], field: StrawberryField, name: str) -> str:
    """A column that lacks values only where the field may; what else happens is graphql-core's to tell."""
    if model._meta.fields_map[name].null and not isinstance(field.type, StrawberryOptional):  # noqa: SLF001  (the ORM has no other way)
        raise Unwritable
    return name


@cache
def _fields(kind: Any) -> dict[str, StrawberryField]:
    """By the names that the API knows."""
    return {to_camel_case(f.python_name): f for f in kind.__strawberry_definition__.fields}
