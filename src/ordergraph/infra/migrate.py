"""Bringing the database's schema up to date: one at a time, however many start at once."""

from pkgutil import iter_modules
from typing import Final

import asyncpg
from tortoise import Tortoise
from tortoise.exceptions import OperationalError
from tortoise.migrations.api import migrate as run

from ordergraph import migrations
from ordergraph.infra.database import configuration

NEWEST: Final = max(step.name for step in iter_modules(migrations.__path__))
"""The last migration that this code knows, and cannot do without."""
LOCK: Final = 0x6F72646572  # "order": any number, the same for every process


class MayNotMigrate(Exception):
    """Only the tables' owner changes them."""


async def migrate(url: str, *, target: str | None = None) -> list[str]:
    """Run what has not been run, or go to `target` (such as models.0001_initial); say what was done.

    Tortoise takes no lock of its own, so two starting processes would collide: we wait for each
    other on an advisory lock, and the second finds nothing to do. Raises MayNotMigrate.
    """
    done: list[str] = []
    guard = await asyncpg.connect(url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", LOCK)
        await run(
            config=configuration(url, application="ordergraph-migrate", pool=2, session={}),
            target=target,
            progress=lambda step, _app, name: done.append(f"{step} {name}"),
        )
    except OperationalError as problem:
        if not isinstance(problem.__cause__, asyncpg.InsufficientPrivilegeError):
            raise
        who = "the owner of the tables migrates: give its ORDERGRAPH_DATABASE_URL"
        raise MayNotMigrate(f"{who} ({problem})") from None
    finally:
        await Tortoise.close_connections()
        await guard.close()
    return [line for line in done if line.split()[0].endswith("_done")]
