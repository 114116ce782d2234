"""What Postgres writes as JSON, ready to stand in the answer: lists of an order's, its dispute, its thread.

It can where all that is asked for stands in columns: then nobody makes rows, objects and dictionaries
of them only to write them out again, which would take most of a page's time. What is asked for
otherwise comes along as rows (parts.py). Only the very nodes of the document that something was
written for get it (api/ready.py); for any others the field's resolver is asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Self

from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from tortoise.models import Model

from ordergraph.accounts.graphql import User
from ordergraph.api import sql
from ordergraph.api.columns import MINOR, PLAIN
from ordergraph.api.ready import Nodes
from ordergraph.api.selection import Selection
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.types import Message
from ordergraph.orders.types import OrderLine
from ordergraph.refunds.graphql import Refund
from ordergraph.screens.asked import Asked, Unwritable
from ordergraph.screens.gaps import GAPS, MARK
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
        return cls(of, tuple(map(id, asked.nodes)), f"{sql}::text", MARK in sql)


@dataclass(frozen=True, slots=True)
class Form:
    """How a field is written: as what, of which type and rows, and in which currency they are."""

    way: Callable[["Form", "Asked"], str]
    kind: type
    rows: str
    """Its name in PARTS, or in PAGES."""
    currency: str = ""

    @property
    def part(self) -> Part:
        return PARTS[self.rows]


def written(places: Iterable[Selection], sizes: Mapping[str, int]) -> dict[str, list[Written]]:
    """What can be written of all that is asked for at places where orders stand, by what it is of."""
    found: dict[str, list[Written]] = {"": []}
    room = LARGEST
    for place in places:
        for each in _written("Order", "", Asked(place.nodes, place.fragments, sizes)):
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


def _listed(form: Form, asked: Asked) -> str:
    """All rows of a part."""
    return sql.listed(form.part.select(sql.named(_values(form, asked))))


def _first(form: Form, asked: Asked) -> str:
    """The first row of a part; nothing is written where there is none."""
    return sql.one(f"{form.part.select(sql.named(_values(form, asked)))} LIMIT 1")


def _first_or_null(form: Form, asked: Asked) -> str:
    return f"coalesce({_first(form, asked)}, 'null')"


def _paged(form: Form, asked: Asked) -> str:
    """The first page of a part, sorted by position; a row more is read to know whether one follows."""
    size = asked.sizes.get(form.rows)
    if size is None:
        raise Unwritable
    part, kind = PAGES[form.rows][0](size), form.kind.__name__
    kept = f"FROM unnest(found.rows[1:{size}]) AS part"
    last = f"least({size}, cardinality(found.rows))"
    info = {
        "hasNextPage": f"cardinality(found.rows) > {size}",
        "hasPreviousPage": "false",
        "startCursor": sql.cursor("(found.rows[1]).position"),
        "endCursor": sql.cursor(f"(found.rows[{last}]).position"),
        "__typename": "'PageInfo'",
    }

    def item(wanted: Asked) -> str:
        return f"SELECT {sql.named(_values(form, wanted))} {kept}"

    def edge(wanted: Asked) -> str:
        values = {
            name: sql.written(_values(form, each))
            if each.name == "node"
            else _of({"cursor": sql.cursor("part.position"), "__typename": f"'{kind}Edge'"}, each)
            for name, each in wanted.below(f"{kind}Edge").items()
        }
        return f"SELECT {sql.named(values)} {kept}"

    ways: dict[str, Callable[[Asked], str]] = {
        "edges": lambda wanted: sql.listed(edge(wanted)),
        "nodes": lambda wanted: sql.listed(item(wanted)),
        "pageInfo": lambda wanted: sql.written(
            {name: _of(info, each) for name, each in wanted.below("PageInfo").items()}
        ),
        "__typename": lambda _: f"'{kind}Connection'",
    }
    values = {
        name: ways[each.name](each) for name, each in asked.below(f"{kind}Connection").items()
    }
    return sql.one(f"SELECT {sql.named(values)} FROM (SELECT {part.sql()} AS rows) AS found")  # noqa: S608  (names that the parser let in, and texts of our own)


# fmt: off
FORMS: Final[Mapping[str, Mapping[str, Form]]] = {
    "Order": {
        # field          written as      type       its rows            their currency
        "lines":    Form(_listed,        OrderLine, "lines",            "orders.currency"),
        "refunds":  Form(_listed,        Refund,    "refunds",          "part.currency"),
        "buyer":    Form(_first,         User,      "buyer"),
        "seller":   Form(_first,         User,      "seller"),
        "dispute":  Form(_first_or_null, Dispute,   "dispute",          "part.currency"),
    },
    "Dispute": {
        "messages": Form(_paged,         Message,   "dispute.messages"),
    },
}
# fmt: on


def _values(form: Form, asked: Asked) -> dict[str, str]:
    """The fields of one row."""
    kind = form.kind.__name__
    return {name: _value(form, each) for name, each in asked.below(kind).items()}


def _value(form: Form, asked: Asked) -> str:
    kind, name = form.kind.__name__, asked.name
    if name == "__typename":
        return f"'{kind}'"
    if name == "id":
        return sql.global_id(kind, "part.id")
    deeper = FORMS.get(kind, {}).get(name)
    if deeper is not None:
        return deeper.way(deeper, asked)
    gap = GAPS.get(f"{kind}.{name}")
    return gap.sql() if gap is not None else _shown(form, asked)


def _shown(form: Form, asked: Asked) -> str:
    """What stands in a column."""
    field, model = _fields(form.kind).get(asked.name), _model(form)
    if field is None:
        raise Unwritable
    if MINOR in field.metadata:
        minor = f"part.{_column(model, field, field.metadata[MINOR])}"
        return _money(minor, form.currency, asked)
    if PLAIN in field.metadata:
        return _plain(field, f"part.{_column(model, field, field.metadata[PLAIN])}")
    raise Unwritable


def _model(form: Form) -> type[Model]:
    return PAGES[form.rows][0](1).model if form.rows in PAGES else form.part.model


def _of(ways: Mapping[str, str], asked: Asked) -> str:
    return ways[asked.name]


def _money(minor: str, currency: str, asked: Asked) -> str:
    ways = {
        "amount": sql.amount(minor, currency),
        "currencyCode": currency,
        "__typename": "'Money'",
    }
    return sql.written({name: _of(ways, each) for name, each in asked.below("Money").items()})


def _plain(field: StrawberryField, column: str) -> str:
    """A column as it is shown; words are stored by the names that are shown."""
    kind: Any = field.type.of_type if isinstance(field.type, StrawberryOptional) else field.type
    if isinstance(kind, StrawberryEnumDefinition):
        words: Any = kind.wrapped_cls
        if all(member.name == member.value for member in words):
            return column
    elif kind is datetime:
        return sql.moment(column)
    elif kind in {str, int, bool}:
        return column
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
