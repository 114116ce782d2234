"""Statements of our own that give rows of models, where building the statement would cost most."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from tortoise.models import Model

from ordergraph.infra.database import rows

Row = tuple[Any, ...]
Models = tuple[tuple[str, type[Model]], ...]


async def fetch(sql: str, values: Sequence[object], **models: type[Model]) -> list[Row]:
    """Run it; each row as one object of each of these models, None where an outer join found nothing.

    The statement says `SELECT {o}, {p} FROM orders o JOIN …`: each model is named as in the statement,
    in the order in which it is selected.
    """
    named = tuple(models.items())
    found = await rows(_selecting(sql, named), *values)
    return [tuple(_objects(row, named)) for row in found]


def _objects(row: Any, models: Models) -> Iterator[Model | None]:
    begin = 0
    for _, model in models:
        names = _columns(model)
        found = dict(zip(names, row[begin : begin + len(names)], strict=True))
        begin += len(names)
        yield None if found["id"] is None else model._init_from_db(**found)  # noqa: SLF001  (Tortoise's executor does the same)


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
