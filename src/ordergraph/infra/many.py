"""Changing many rows that others watch, in one statement."""

from collections.abc import Sequence
from typing import Any

from tortoise import connections


async def store(rows: Sequence[Any], *names: str) -> None:
    """Store these columns of rows of one table, and count their versions up.

    The caller holds each row's lock, and has set what is to be stored.
    """
    if not rows:
        return
    fields = rows[0]._meta.fields_map  # noqa: SLF001  (Tortoise has no other name for it)
    kinds = [fields[name].get_for_dialect("postgres", "SQL_TYPE") for name in names]
    given = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(("UUID", *kinds), start=1))
    values = [[fields[name].to_db_value(getattr(row, name), row) for row in rows] for name in names]
    for row in rows:
        row.version += 1
    await connections.get("default").execute_query_dict(
        f"UPDATE {rows[0]._meta.db_table} AS stored SET version = version + 1, "  # noqa: S608, SLF001  (our own column names)
        f"{', '.join(f'{name} = given.{name}' for name in names)} "
        f"FROM unnest({given}) AS given(id, {', '.join(names)}) WHERE stored.id = given.id",
        [[row.id for row in rows], *values],
    )
