"""Statements of our own, where building the statement and the objects would cost most."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.context import require_context
from tortoise.log import db_client_logger
from tortoise.models import Model
from tortoise.queryset import QuerySet

from ordergraph.infra.raw import Raw, raw

M = TypeVar("M", bound=Model)
Row = tuple[Any, ...]
Models = tuple[tuple[str, type[Model]], ...]


def client() -> AsyncpgDBClient:
    """Where statements of this task go: its transaction, or the pool; tortoise.connections takes a detour."""
    return cast(AsyncpgDBClient, require_context().connections.get("default"))


async def rows(sql: str, *arguments: Any) -> list[asyncpg.Record]:
    """Run one statement as part of this task's transaction, if it has one; return what it returns.

    For hot reads: nothing stands between them and the driver, and so errors are the driver's own. A
    migration that adds a column makes the driver forget what a row looks like; then it is asked again.
    """
    db_client_logger.debug(sql)
    async with client().acquire_connection() as pooled:
        connection = cast(Any, pooled)
        found: list[asyncpg.Record]
        try:
            found = await connection.fetch(sql, *arguments)
        except asyncpg.OutdatedSchemaCacheError:
            found = await connection.fetch(sql, *arguments)
        return found


async def found_by(query: QuerySet[M]) -> list[M]:
    """What a query of the ORM finds, its objects made in a fraction of the ORM's time.

    For a query of one table's whole rows, with nothing that is fetched or computed beside them.
    """
    query._make_query()  # noqa: SLF001  (its own way to its statement)
    assert len(query.query._selects) == len(columns_of(query.model)), "of whole rows, and no more"  # noqa: SLF001  (as above)
    sql, values = query.query.get_parameterized_sql()
    row = raw(query.model).row
    return [row(record.keys(), record) for record in await rows(sql, *values)]


async def fetch(sql: str, values: Sequence[object], **models: type[Model]) -> list[Row]:
    """Run it; each row as one object of each of these models, None where an outer join found nothing.

    What stands in several rows is one object. The statement says `SELECT {o}, {p} FROM orders o JOIN …`:
    each model is named as in the statement, in the order in which it is selected.
    """
    named = tuple(models.items())
    found, places = await rows(selecting(sql, named), *values), _places(named)
    made: dict[tuple[str, UUID], Model] = {}
    return [_objects(row, places, made) for row in found]


class _Place(NamedTuple):
    """Where in a row one model's columns are."""

    name: str
    make: Raw[Any]
    columns: tuple[str, ...]
    place: slice
    id_at: int


@cache
def _places(models: Models) -> tuple[_Place, ...]:
    found, begin = [], 0
    for name, model in models:
        columns = columns_of(model)
        place = slice(begin, begin + len(columns))
        found.append(_Place(name, raw(model), columns, place, begin + columns.index("id")))
        begin = place.stop
    return tuple(found)


def _objects(row: Any, places: Sequence[_Place], made: dict[tuple[str, UUID], Model]) -> Row:
    objects: list[Model | None] = []
    for name, make, columns, place, id_at in places:
        id_ = row[id_at]
        one = None if id_ is None else made.get((name, id_))
        if one is None and id_ is not None:
            one = made[name, id_] = make.row(columns, row[place])
        objects.append(one)
    return tuple(objects)


@cache
def selecting(sql: str, models: Models) -> str:
    """The statement that `fetch` sends."""
    return sql.format_map(
        {
            name: ", ".join(f'{name}."{column}"' for column in columns_of(model))
            for name, model in models
        }
    )


@cache
def columns_of(model: type[Model]) -> tuple[str, ...]:
    """In the order in which they are selected. Known when Tortoise is: before, foreign keys have none."""
    return tuple(model._meta.fields_db_projection.values())  # noqa: SLF001  (Tortoise has no other word)
