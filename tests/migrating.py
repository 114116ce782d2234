"""Installations of an earlier version: a database that is migrated so far, and then on."""

import asyncio
import subprocess
import sys

MIGRATE = """
import asyncio, sys
from ordergraph.infra.migrate import migrate
asyncio.run(migrate(sys.argv[1], target=sys.argv[2] or None))
"""


async def migrate_to(url: str, target: str = "") -> None:
    """In a process of its own: Tortoise keeps one set of connections for each."""
    command = [sys.executable, "-c", MIGRATE, url, target]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
