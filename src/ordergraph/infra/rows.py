"""Rows that others watch: changing one, and seeing that it has changed."""

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from tortoise.models import Model

from ordergraph.infra.writing import Write, together, update, update_many
from ordergraph.kernel.actor import Parties

R = TypeVar("R")


class Seen(NamedTuple, Generic[R]):
    """A row as it stands, and what grows at each change: read in one statement, so of one moment."""

    row: R
    version: int
    parties: Parties
    """Those of its order, who decide who may be shown it."""


class Versioned(Protocol):
    version: int


def changed(row: Versioned, **values: object) -> Write:
    """Set these columns and count the version up, to be written. The caller holds the row's lock."""
    for name, value in values.items():
        assert hasattr(row, name), f"{type(row).__name__} has no column {name}"
        setattr(row, name, value)
    row.version += 1
    assert isinstance(row, Model), "a row of a table"
    return update(row, *values, "version")


def changed_many(rows: Sequence[Any], *columns: str) -> Write:
    """As `changed`, for rows of one table on which these columns have been set already."""
    for row in rows:
        row.version += 1
    return update_many(rows, *columns, "version")


async def change(row: Versioned, **values: object) -> None:
    """As `changed`, and written at once."""
    await together(changed(row, **values))
