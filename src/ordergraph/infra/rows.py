"""Rows that others watch: changing one, and seeing that it has changed."""

from typing import Generic, NamedTuple, Protocol, TypeVar

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

    async def save(self, *, update_fields: list[str]) -> None: ...


async def change(row: Versioned, **values: object) -> None:
    """Set and store these columns and count the version up. The caller holds the row's lock."""
    for name, value in values.items():
        assert hasattr(row, name), f"{type(row).__name__} has no column {name}"
        setattr(row, name, value)
    row.version += 1
    await row.save(update_fields=[*values, "version"])
