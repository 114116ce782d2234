"""Fields that show a column, as JSON: which column, and how, is said where the field is declared."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from tortoise.models import Model

from ordergraph.api import sql
from ordergraph.api.columns import MINOR, SAYS, STANDS
from ordergraph.screens.asked import Asked, Unwritable


@dataclass(frozen=True, slots=True)
class Rows:
    """What an object is written of: a row of this model, by this name in the statement."""

    kind: type
    model: type[Model]
    name: str
    currency: str


def shown(rows: Rows, asked: Asked) -> str:
    """Raises Unwritable for what does not stand in a column."""
    field = _fields(rows.kind).get(asked.name)
    if field is None:
        raise Unwritable
    if MINOR in field.metadata:
        minor = f"{rows.name}.{_column(rows.model, field, field.metadata[MINOR])}"
        written = money(minor, rows.currency, asked)
        if isinstance(field.type, StrawberryOptional):
            return f"CASE WHEN {minor} IS NOT NULL THEN {written} ELSE 'null' END"
        return written
    if SAYS in field.metadata:
        return _plain(field, f"({field.metadata[SAYS].format(row=rows.name)})")
    if STANDS in field.metadata:
        return _plain(field, f"{rows.name}.{_column(rows.model, field, field.metadata[STANDS])}")
    raise Unwritable


def money(minor: str, currency: str, asked: Asked) -> str:
    """An expression of minor units as Money; raises Unwritable."""
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
