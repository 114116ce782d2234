"""Lists of an order's that Postgres writes as JSON, ready to stand in the answer.

It can where all that is asked for of their items stands in columns: then nobody makes rows, objects
and dictionaries of them only to write them out again, which would take most of a page's time. What
is asked for otherwise comes along as rows (parts.py). Only the very nodes of the document that a
list was written for get it (api/ready.py); for any others the field's resolver is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from tortoise.models import Model

from ordergraph.api import sql
from ordergraph.api.columns import MINOR, PLAIN
from ordergraph.api.ready import Nodes
from ordergraph.api.selection import Fragments, Selection
from ordergraph.orders.types import OrderLine
from ordergraph.refunds.graphql import Refund
from ordergraph.screens.parts import PARTS, Part

LONGEST: Final = 63
"""Letters of a column's name; Postgres cuts what is longer."""
LARGEST: Final = 5_000
"""Letters of SQL for one list; asyncpg prepares a statement of more than 15,000 anew each time."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list whose items can be written: their type, which rows they are, and in which currency."""

    kind: type
    part: Part
    currency: str


LISTS: Final = {
    "lines": Listed(OrderLine, PARTS["lines"], "orders.currency"),
    "refunds": Listed(Refund, PARTS["refunds"], "part.currency"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """What one field of a document is answered, as an expression over `orders`: JSON as text."""

    nodes: Nodes
    sql: str


class Unwritable(Exception):
    """Something is asked for that does not stand in a column, or only if; or far too much."""


def written(place: Selection) -> Iterator[Written]:
    """What can be written of all that is asked for at a place where orders stand."""
    try:
        asked = _collected(place.nodes, place.fragments, "Order")
    except Unwritable:
        return
    for nodes in asked.values():
        listed = LISTS.get(nodes[0].name.value)
        if listed is not None:
            try:
                yield Written(tuple(map(id, nodes)), _list(listed, nodes, place.fragments))
            except Unwritable:
                continue


def _list(listed: Listed, nodes: Sequence[FieldNode], fragments: Fragments) -> str:
    part, kind = listed.part, listed.kind
    values = {
        name: _value(listed, below, fragments)
        for name, below in _collected(nodes, fragments, kind.__name__).items()
    }
    items = part.select(sql.named(values))
    if len(items) > LARGEST:
        raise Unwritable
    texts = f"SELECT string_agg(row_to_json(item)::text, ',') FROM ({items}) item"  # noqa: S608  (names that the parser let in, and texts of our own)
    return f"('[' || coalesce(({texts}), '') || ']')"


def _value(listed: Listed, nodes: Sequence[FieldNode], fragments: Fragments) -> str:
    """One field of an item."""
    name = nodes[0].name.value
    if name == "__typename":
        return f"'{listed.kind.__name__}'"
    if name == "id":
        return sql.global_id(listed.kind.__name__, "part.id")
    field = _fields(listed.kind).get(name)
    if field is None:
        raise Unwritable
    if MINOR in field.metadata:
        minor = f"part.{_column(listed.part.model, field, field.metadata[MINOR])}"
        return _money(minor, listed.currency, _collected(nodes, fragments, "Money"))
    if PLAIN in field.metadata:
        return _plain(field, f"part.{_column(listed.part.model, field, field.metadata[PLAIN])}")
    raise Unwritable


def _money(minor: str, currency: str, asked: Mapping[str, Sequence[FieldNode]]) -> str:
    ways = {
        "amount": sql.amount(minor, currency),
        "currencyCode": currency,
        "__typename": "'Money'",
    }
    return sql.written({name: ways[nodes[0].name.value] for name, nodes in asked.items()})


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


def _collected(
    nodes: Sequence[FieldNode], fragments: Fragments, kind: str
) -> dict[str, list[FieldNode]]:
    """The fields below some nodes by their names in the answer, in the order of the spec.

    Raises Unwritable where directives or conditions on types decide.
    """
    found: dict[str, list[FieldNode]] = {}
    entered: set[str] = set()
    for parent in nodes:
        for node in _inside(parent.selection_set, fragments, kind, entered):
            found.setdefault((node.alias or node.name).value, []).append(node)
    if any(len(name) > LONGEST for name in found):
        raise Unwritable
    return found


def _inside(
    below: SelectionSetNode | None, fragments: Fragments, kind: str, entered: set[str]
) -> Iterator[FieldNode]:
    """Fragments are entered once."""
    for node in below.selections if below else ():
        if node.directives:
            raise Unwritable
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _of_fragment(node, fragments, kind, entered)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
            entered.add(node.name.value)
            yield from _of_fragment(fragments[node.name.value], fragments, kind, entered)


def _of_fragment(
    fragment: InlineFragmentNode | FragmentDefinitionNode,
    fragments: Fragments,
    kind: str,
    entered: set[str],
) -> Iterator[FieldNode]:
    condition = fragment.type_condition
    if condition is not None and condition.name.value not in {kind, "Node"}:
        raise Unwritable
    yield from _inside(fragment.selection_set, fragments, kind, entered)
