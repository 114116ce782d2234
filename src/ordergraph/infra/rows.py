"""Changing a row that others watch."""

from typing import Protocol


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
