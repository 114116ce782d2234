"""A field that is told in Python and in SQL is the same in both, for every row that there can be."""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from itertools import product
from typing import Any, Final, get_args, get_type_hints

import pytest
from tortoise.models import Model

from ordergraph.api.columns import COLUMNS, SAYS
from ordergraph.infra.raw import raw
from ordergraph.infra.reading import rows
from ordergraph.schema import schema
from tests.market import NOON, Market

TABLES: Final = {"Cancellation": "cancellations", "OrderLine": "order_lines", "Refund": "refunds"}
NUMBERS: Final = (0, 1, 2, 3, 7, 999, 2_000_000_000)
TEXTS: Final = ("", " ", "Größe", "'\\", "null")


def _fields() -> Iterator[tuple[str, Any]]:
    """All fields that have an expression of SQL, with their types."""
    for kind in schema._schema.type_map.values():
        ours = getattr(kind, "extensions", {}).get("strawberry-definition")
        for field in getattr(ours, "fields", ()):
            if SAYS in getattr(field, "metadata", {}):
                yield kind.name, field


FIELDS: Final = {f"{kind}.{field.python_name}": (kind, field) for kind, field in _fields()}


def _values(kind: Any) -> list[Any]:
    """What a column of this type may hold: all words, or some of everything else."""
    inner = [each for each in get_args(kind) if each is not type(None)]
    if inner:
        return [None, *_values(inner[0])]
    if issubclass(kind, Enum):
        return list(kind)
    known = {bool: [False, True], str: list(TEXTS), datetime: [NOON], int: list(NUMBERS)}
    return known[kind]


def _literal(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return "NULL" if value is None else str(value)
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"


def _record(columns: tuple[str, ...], row: tuple[Any, ...]) -> str:
    pairs = zip(columns, row, strict=True)
    return f"jsonb_build_object({','.join(f'{_literal(c)},{_literal(v)}' for c, v in pairs)})"


def _may_be(columns: tuple[str, ...]) -> Callable[[tuple[Any, ...]], bool]:
    """Which rows the tables' own constraints let in: of a line no more goes back than was paid."""

    def check(values: tuple[Any, ...]) -> bool:
        row = dict(zip(columns, values, strict=True))
        return bool(row.get("refunded_minor", 0) <= row.get("paid_minor", max(NUMBERS)))

    return check


def _shown(origin: Any, row: Model) -> Any:
    """The object of the API; amounts are told beside a line's row in which currency they are."""
    beside = {"currency": "EUR"} if "currency" in origin.__dataclass_fields__ else {}
    return origin(id=None, row=row, **beside)


@pytest.mark.parametrize("name", FIELDS)
async def test_sql_says_what_python_says(market: Market, name: str) -> None:
    assert market
    kind, field = FIELDS[name]
    origin: type = schema._schema.type_map[kind].extensions["strawberry-definition"].origin
    model: type[Model] = get_type_hints(origin.of)["row"]
    columns = field.metadata[COLUMNS]
    hints = get_type_hints(model)
    several = list(filter(_may_be(columns), product(*(_values(hints[each]) for each in columns))))
    texts = ",".join(f"({_record(columns, row)})" for row in several)
    expression = field.metadata[SAYS].format(row="part")

    found = await rows(
        f"SELECT {expression} FROM (VALUES {texts}) AS given(it),"
        f" jsonb_populate_record(NULL::{TABLES[kind]}, it) AS part"
    )

    said = [record[0] for record in found]
    shown = [
        getattr(_shown(origin, raw(model).row(columns, values)), field.python_name)
        for values in several
    ]
    assert said == [each.value if isinstance(each, Enum) else each for each in shown]
    assert len({repr(each) for each in said}) > 1


def test_some_fields_are_told_in_both() -> None:
    assert {kind for kind, _ in FIELDS.values()} == set(TABLES)
