"""Migrating that is cut short, and told nonsense (real databases, real processes)."""

import asyncio
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from ordergraph.infra.migrate import ALL
from tests.conftest import Servers
from tests.migrating import migrate_to
from tests.tour.installation import SECRET, create_database, environment, ordergraph

DYING = """
import asyncio, os, sys
from ordergraph.infra.migrate import migrate
from tortoise.migrations.executor import MigrationExecutor

def die(progress, event, key):
    if (event, key.name) == (sys.argv[3], sys.argv[4]):
        os._exit(9)

MigrationExecutor._emit = staticmethod(die)
asyncio.run(migrate(sys.argv[1], target=sys.argv[2] or None))
"""
"""A process that is killed at that moment of that migration."""


async def _dies(url: str, target: str, event: str, name: str) -> None:
    command = [sys.executable, "-c", DYING, url, target, event, name]
    done = await asyncio.to_thread(subprocess.run, command, timeout=60, check=False)
    assert done.returncode == 9


async def _names(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT name FROM tortoise_migrations ORDER BY name")
        return [row[0] for row in rows]
    finally:
        await connection.close()


@pytest.fixture
async def url(servers: Servers) -> str:
    return await create_database(servers.database_url, f"cut_{uuid4().hex}")


async def test_who_dies_after_a_migration_goes_on_behind_it(url: str) -> None:
    """What was done and that it was done are one: else the next one would do it twice, and fail."""
    await _dies(url, "", "apply_done", "0009_store_credit")
    assert (await _names(url))[-1] == "0009_store_credit"

    await migrate_to(url)
    assert await _names(url) == ALL


async def test_who_dies_while_going_back_goes_on_from_there(url: str) -> None:
    await migrate_to(url)
    await _dies(url, "models.0024_open_windows", "rollback_done", "0026_reminders")
    assert (await _names(url))[-1] == "0025_dispute_parties"

    await migrate_to(url)
    assert await _names(url) == ALL


@pytest.mark.parametrize("target", ["nope", "models.0099_x", "models.zero", "models."])
def test_a_migration_that_there_is_not_is_told_in_a_line(target: str, tmp_path: Path) -> None:
    nowhere = {"database_url": "postgres://postgres@127.0.0.1:1/none", "jwt_secret": SECRET}
    env = environment(tmp_path, redis_url="redis://127.0.0.1:1/0", **nowhere)

    done = ordergraph("migrate", "--target", target, env=env)

    assert done.code == 1
    assert done.err == (
        f"ordergraph: there is no migration {target}: the newest is models.{ALL[-1]}\n"
    )
