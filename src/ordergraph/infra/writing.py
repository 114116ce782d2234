"""Writing many rows in one statement, and so in one round trip.

Each part of a transaction says what it writes as a `Write`; `together` sends all of them as one
`WITH a AS (INSERT …), b AS (UPDATE …) …`. Postgres runs them side by side: none sees what another
has written, so each table stands in one of them, and a trigger that looks at another table needs
that one to be written before. Constraints and foreign keys are checked when all have run.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import orjson
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model
from uuid_utils import uuid7

from ordergraph.infra import reading

PARAMETER: Final = re.compile(r"\$(\d+)")
MOST_SHAPES: Final = 512
"""How many different statements are remembered; each command has a few."""

AS_IT_IS: Final = frozenset(
    {
        fields.UUIDField,
        fields.IntField,
        fields.BigIntField,
        fields.SmallIntField,
        fields.BooleanField,
        fields.DatetimeField,
        CharEnumFieldInstance,
    }
)
"""What the driver takes as we have it: our words are texts, our moments say their offset. Tortoise would
write a UUID out, to be read again, and look at each of the others.
"""

Steps = Mapping[UUID, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Write:
    """One INSERT or UPDATE with its values as $1, $2, … in it.

    `returning`: what of its rows a later one may read `FROM` this one's name.
    """

    table: str
    sql: str
    values: Sequence[object]
    name: str = ""
    returning: str = "1"


@dataclass(frozen=True, slots=True)
class Increase:
    """By how much each column of each row grows. Several for one table become one `Write`."""

    table: str
    by: Steps


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes in one statement; `counted` looks at how many rows each has written, and may refuse."""

    writes: Sequence[Write | Increase] = ()
    counted: "Counted | None" = None

    async def send(self, *more: Write) -> None:
        """Write it all, with what comes along."""
        counts = await together(*self.writes, *more)
        if self.counted is not None:
            await self.counted(counts)


Counted = Callable[[Sequence[int]], Awaitable[None]]


def insert(row: Model) -> Write:
    """Write a new row."""
    row._saved_in_db = True  # noqa: SLF001  (so that saving it later is an UPDATE)
    held = row.__dict__
    return insert_all(type(row), [{name: held[name] for name in _table(type(row)).columns}])


def insert_all(table: type[Model], rows: Sequence[Mapping[str, object]]) -> Write:
    """Write new rows, each with an id of its own unless it brings one.

    How many there are does not change the statement. A column that a row does not name is null.
    """
    into = _table(table)
    return Write(into.name, into.insert, [as_json([{"id": fresh_id(), **row} for row in rows])])


def fresh_id() -> str:
    """An id as `identity()` makes it, of a row whose id nobody but the database is going to ask for."""
    return str(uuid7())


def as_json(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows for json_to_recordset: one value, however many rows and columns there are."""
    return orjson.dumps(rows, default=_written).decode()


def _written(value: object) -> str:
    """The driver's own kind of UUID."""
    assert isinstance(value, UUID), f"no column takes {type(value)}"
    return str(value)


def update(row: Model, *columns: str) -> Write:
    """Store these columns of a row. The caller holds its lock."""
    table = _table(type(row))
    values = [table.stored(column, getattr(row, column)) for column in columns]
    return Write(table.name, _update(table.name, columns), [row.pk, *values])


def update_many(rows: Sequence[Model], *columns: str) -> Write:
    """Store these columns of rows of one table; how many there are does not change the statement."""
    table = _table(type(rows[0]))
    values = [[table.stored(name, getattr(row, name)) for row in rows] for name in columns]
    types = tuple(table.columns[column].type for column in columns)
    sql = _update_many(table.name, columns, types)
    return Write(table.name, sql, [[row.pk for row in rows], *values])


def increase(table: type[Model], by: Steps) -> Increase:
    return Increase(_table(table).name, by)


async def together(*writes: Write | Increase) -> list[int]:
    """Send all in one statement; return how many rows each has written."""
    if not writes:
        return []
    sql, values = statement(*writes)
    try:
        ((counts,),) = await reading.rows(sql, *values)
    except asyncpg.IntegrityConstraintViolationError as refused:
        raise IntegrityError(refused) from refused  # as the ORM tells it
    return list(counts)


def statement(*writes: Write | Increase) -> tuple[str, list[object]]:
    """All in one, with its values. However many rows each writes, the text is the same."""
    parts = _summed(writes)
    tables = [part.table for part in parts]
    assert len(set(tables)) == len(tables), f"a table is written twice: {tables}"
    sql = _joined(tuple([(p.name, p.sql, p.returning, len(p.values)) for p in parts]))
    return sql, [value for part in parts for value in part.values]


class Column(NamedTuple):
    """A model's attribute, its column with the type in Postgres, and how a value gets there."""

    attribute: str
    name: str
    type: str
    field: Any


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: Mapping[str, Column]
    insert: str

    def stored(self, attribute: str, value: object) -> object:
        field = self.columns[attribute].field
        return value if field.__class__ in AS_IT_IS else field.to_db_value(value, None)


@cache
def _table(model: type[Model]) -> _Table:
    meta = model._meta  # noqa: SLF001  (Tortoise's own word for it)
    columns = [
        Column(attribute, name, field.get_for_dialect("postgres", "SQL_TYPE"), field)
        for attribute, name in meta.fields_db_projection.items()
        if not (field := meta.fields_map[attribute]).generated
    ]
    names = ", ".join(f'"{column.name}"' for column in columns)
    typed = ", ".join(f'"{column.attribute}" {column.type}' for column in columns)
    sql = (
        f"INSERT INTO {meta.db_table} ({names})"
        f" SELECT * FROM json_to_recordset($1::json) AS new ({typed})"
    )
    return _Table(meta.db_table, {column.attribute: column for column in columns}, sql)


@lru_cache(MOST_SHAPES)
def _update(table: str, columns: tuple[str, ...]) -> str:
    sets = ", ".join(f'"{column}" = ${n}' for n, column in enumerate(columns, 2))
    return f"UPDATE {table} SET {sets} WHERE id = $1"


@lru_cache(MOST_SHAPES)
def _update_many(table: str, columns: tuple[str, ...], types: tuple[str, ...]) -> str:
    sets = ", ".join(f'"{column}" = new."{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    arrays = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(types, 2))
    return (
        f"UPDATE {table} AS t SET {sets}"
        f" FROM unnest($1::uuid[], {arrays}) AS new (id, {names}) WHERE t.id = new.id"
    )


def _summed(writes: Sequence[Write | Increase]) -> list[Write]:
    """The writes in their order, with one for each table that grows at the end."""
    parts: list[Write] = []
    growing: dict[str, dict[UUID, dict[str, int]]] = {}
    for write in writes:
        if isinstance(write, Write):
            parts.append(write)
            continue
        rows = growing.setdefault(write.table, {})
        for id_, steps in write.by.items():
            row = rows.setdefault(id_, {})
            for column, step in steps.items():
                row[column] = row.get(column, 0) + step
    return parts + [_growing(table, by) for table, by in growing.items()]


def _growing(table: str, by: Steps) -> Write:
    columns = tuple(sorted({column for steps in by.values() for column in steps}))
    steps_of = [[steps.get(column, 0) for steps in by.values()] for column in columns]
    return Write(table, _growth(table, columns), [list(by), *steps_of])


@lru_cache(MOST_SHAPES)
def _growth(table: str, columns: tuple[str, ...]) -> str:
    sets = ", ".join(f'"{column}" = t."{column}" + step."{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    arrays = ", ".join(f"${n}::bigint[]" for n, _ in enumerate(columns, 2))
    return (
        f"UPDATE {table} AS t SET {sets}"
        f" FROM unnest($1::uuid[], {arrays}) AS step (id, {names}) WHERE t.id = step.id"
    )


@lru_cache(MOST_SHAPES)
def _joined(parts: tuple[tuple[str, str, str, int], ...]) -> str:
    """All as one, their parameters counted on."""
    written, counts, before = [], [], 0
    for number, (name, sql, returning, values) in enumerate(parts, 1):
        called = name or f"write_{number}"
        written.append(f"{called} AS ({_counted_on(sql, before)} RETURNING {returning})")
        counts.append(f"(SELECT count(*) FROM {called})")
        before += values
    return f"WITH {', '.join(written)} SELECT ARRAY[{', '.join(counts)}] AS counts"


def _counted_on(sql: str, before: int) -> str:
    return PARAMETER.sub(lambda found: f"${int(found[1]) + before}", sql)
