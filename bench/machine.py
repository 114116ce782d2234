"""Where it was measured, without saying whose machine it is."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

from bench import market
from bench.peers import SCRIPTS, node_command
from bench.stage import Stage

PACKAGES: Final = (
    "strawberry-graphql", "graphql-core", "tortoise-orm", "asyncpg", "uvicorn", "uvloop", "orjson",
)  # fmt: skip
CPUINFO: Final = Path("/proc/cpuinfo")


def load_average() -> float:
    """How many processes wanted to run in the last minute, ours and others'."""
    return os.getloadavg()[0]


async def described(stage: Stage, *, peers: bool) -> list[str]:
    """Date, machine and versions, a sentence or so each."""
    async with market.connected(stage.database_url) as connection:
        postgres = await connection.fetchval("SHOW server_version")
    memory = psutil.virtual_memory().total / 2**30
    said = [
        f"{datetime.now(UTC):%Y-%m-%d}, ordergraph {version('ordergraph')}",
        f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GB, {platform.system()}",
        f"Python {platform.python_version()}, PostgreSQL {postgres}, "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    ]
    return [*said, ", ".join(_peers())] if peers else said


def processor() -> str:
    text = CPUINFO.read_text() if CPUINFO.exists() else ""
    named = re.search(r"model name\s*: (.+)", text)
    return named[1] if named else platform.machine()


def _peers() -> Iterator[str]:
    node, _ = node_command("mercurius.mjs")
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603  (the Node.js that we found)
    yield f"Node.js {done.stdout.strip().removeprefix('v')}"
    packages = json.loads((SCRIPTS / "package.json").read_text())["dependencies"]
    for name, number in packages.items():
        yield f"{name} {number}"
