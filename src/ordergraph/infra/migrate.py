"""Bringing the database's schema up to date: one at a time, however many start at once."""

from collections.abc import Callable
from pkgutil import iter_modules
from typing import Final

import asyncpg
from tortoise import Tortoise, connections
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationTarget

from ordergraph import migrations
from ordergraph.infra.database import configuration
from ordergraph.infra.migration import LeanExecutor

ALL: Final = sorted(step.name for step in iter_modules(migrations.__path__))
NEWEST: Final = ALL[-1]
"""The last migration that this code knows, and cannot do without."""
APP: Final = "models"
ENDS: Final = ("__first__", "__latest__")
"""Tortoise's words: to nothing at all, and to the newest."""
LOCK: Final = 0x6F72646572  # "order": any number, the same for every process


class MayNotMigrate(Exception):
    """Only the tables' owner changes them."""


class NoSuchMigration(Exception):
    """There is none of that name."""


async def migrate(url: str, *, target: str | None = None) -> list[str]:
    """Run what has not been run, or go to `target` (such as models.0001_initial); say what was done.

    Tortoise takes no lock of its own, so two starting processes would collide: we wait for each
    other on an advisory lock, and the second finds nothing to do. Raises MayNotMigrate, and
    NoSuchMigration.
    """
    place = _place(target)
    done: list[str] = []
    guard = await asyncpg.connect(url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", LOCK)
        await _run(url, place, lambda step, _app, name: done.append(f"{step} {name}"))
    except OperationalError as problem:
        if not isinstance(problem.__cause__, asyncpg.InsufficientPrivilegeError):
            raise
        who = "the owner of the tables migrates: give its ORDERGRAPH_DATABASE_URL"
        raise MayNotMigrate(f"{who} ({problem})") from None
    finally:
        await Tortoise.close_connections()
        await guard.close()
    return [line for line in done if line.split()[0].endswith("_done")]


async def _run(url: str, place: MigrationTarget, tell: Callable[[str, str, str], object]) -> None:
    chosen = configuration(url, application="ordergraph-migrate", pool=2, session={})
    await Tortoise.init(config=chosen, init_connections=False)
    executor = LeanExecutor(connections.get("default"), chosen["apps"])
    await executor.migrate([place], progress=tell)


def _place(target: str | None) -> MigrationTarget:
    if target is None:
        return MigrationTarget(APP, "__latest__")
    app, _, name = target.partition(".")
    if app != APP or name not in {*ALL, *ENDS}:
        raise NoSuchMigration(f"there is no migration {target}: the newest is {APP}.{NEWEST}")
    return MigrationTarget(APP, name)
