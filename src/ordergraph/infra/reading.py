"""Statements of our own, where building the statement and the objects would cost most."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

import asyncpg
from tortoise import connections
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.log import db_client_logger
from tortoise.models import Model

from ordergraph.infra.raw import raw

Row = tuple[Any, ...]
Models = tuple[tuple[str, type[Model]], ...]


async def rows(sql: str, *arguments: Any) -> list[asyncpg.Record]:
    """Run one statement as part of this task's transaction, if it has one; return what it returns.

    For hot reads: nothing stands between them and the driver, and so errors are the driver's own. A
    migration that adds a column makes the driver forget what a row looks like; then it is asked again.
    """
    client = cast(AsyncpgDBClient, connections.get("default"))
    db_client_logger.debug(sql)
    async with client.acquire_connection() as pooled:
        connection = cast(Any, pooled)
        found: list[asyncpg.Record]
        try:
            found = await connection.fetch(sql, *arguments)
        except asyncpg.OutdatedSchemaCacheError:
            found = await connection.fetch(sql, *arguments)
        return found


async def fetch(sql: str, values: Sequence[object], **models: type[Model]) -> list[Row]:
    """Run it; each row as one object of each of these models, None where an outer join found nothing.

    What stands in several rows is one object. The statement says `SELECT {o}, {p} FROM orders o JOIN …`:
    each model is named as in the statement, in the order in which it is selected.
    """
    named = tuple(models.items())
    found = await rows(_selecting(sql, named), *values)
    made: dict[tuple[str, UUID], Model] = {}
    return [tuple(_objects(row, named, made)) for row in found]


def _objects(
    row: Any, models: Models, made: dict[tuple[str, UUID], Model]
) -> Iterator[Model | None]:
    begin = 0
    for name, model in models:
        columns = _columns(model)
        values, begin = row[begin : begin + len(columns)], begin + len(columns)
        id_ = values[columns.index("id")]
        if id_ is not None and (name, id_) not in made:
            made[name, id_] = raw(model).row(columns, values)
        yield made.get((name, id_))


@cache
def _selecting(sql: str, models: Models) -> str:
    return sql.format_map(
        {
            name: ", ".join(f'{name}."{column}"' for column in _columns(model))
            for name, model in models
        }
    )


@cache
def _columns(model: type[Model]) -> tuple[str, ...]:
    """Known when Tortoise is: before, foreign keys have none."""
    return tuple(model._meta.fields_db_projection.values())  # noqa: SLF001  (Tortoise has no other word)
