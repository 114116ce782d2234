"""Where it is measured: Postgres and Valkey of our own, a filled market, and what servers are told."""

import json
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

import psutil

from bench import market
from bench.market import Case
from ordergraph.infra import embedded
from ordergraph.infra.migrate import migrate
from ordergraph.kernel.actor import Role
from ordergraph.settings import Settings, load
from ordergraph.wiring import tokens_of, wired
from seeds.reasons import keep_reasons

PLENTY: Final = "1000000000"
LIFETIME: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """Two servers that run, and a folder for everybody's logs."""

    database_url: str
    redis_url: str
    folder: Path
    secret: str
    postgres: psutil.Process

    def postgres_cpu_s(self) -> dict[int, float]:
        """How much processor time each of Postgres' processes has taken so far."""
        found = {}
        for process in self.postgres.children():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                found[process.pid] = float(times.user + times.system)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What ordergraph is told: all its guards are on, but nobody asks too often."""
        return {
            "ORDERGRAPH_DATABASE_URL": self.database_url,
            "ORDERGRAPH_REDIS_URL": self.redis_url,
            "ORDERGRAPH_JWT_SECRET": self.secret,
            "ORDERGRAPH_DATA_DIR": str(self.folder),
            "ORDERGRAPH_LINES_PER_USER": PLENTY,
            "ORDERGRAPH_LINES_PER_ADDRESS": PLENTY,
            "ORDERGRAPH_RATE_OPERATIONS": PLENTY,
            "ORDERGRAPH_RATE_OPERATIONS_BY_ADDRESS": PLENTY,
            "ORDERGRAPH_RATE_DELIVERIES": PLENTY,
        }

    @property
    def settings(self) -> Settings:
        return load(self.environment)

    async def cancelable(self, count: int) -> list[Case]:
        """So many orders that their buyers can cancel for the next half hour; missing ones are placed."""
        async with market.connected(self.database_url) as connection:
            missing = count - len(await connection.fetch(market.CANCELABLE, count))
            if missing > 0:
                async with wired(self.settings, application="ordergraph-bench") as wiring:
                    await market.fill(wiring, missing + missing // 50, market.NEW)
                await connection.execute("VACUUM (ANALYZE)")
            rows = await connection.fetch(market.CANCELABLE, count)
        assert len(rows) == count, "enough were placed"
        return [Case(row["external_id"], row["id"], row["order_id"]) for row in rows]

    @cache  # noqa: B019  (a run has one stage)
    def token(self, name: str, role: Role = Role.BUYER) -> str:
        """The one that a person keeps for the whole run, as phones do."""
        return tokens_of(self.settings).issue(name, frozenset({role}), name, LIFETIME)


@asynccontextmanager
async def filled(orders: int, kept: Path = market.KEPT) -> AsyncIterator[Stage]:
    """A stage with a market of so many orders: the one of the last run, if it is as fresh as new."""
    home = kept / f"{orders}-{market.fingerprint(orders)}"
    _forget_others(kept, home, orders)
    async with staged(home) as stage:
        if not (home / "filled").exists():
            await _fill(stage, orders)
        yield stage


@asynccontextmanager
async def staged(home: Path) -> AsyncIterator[Stage]:
    """The two servers, as they were left in this folder, or empty."""
    with (
        embedded.postgres(home / "postgres", durable=True) as database_url,
        embedded.valkey(home / "valkey") as redis_url,
    ):
        postmaster = await _postmaster(database_url)
        yield Stage(database_url, redis_url, home, secrets.token_urlsafe(48), postmaster)


async def _postmaster(url: str) -> psutil.Process:
    async with market.connected(url) as connection:
        session = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
        parent = session.parent()
    assert parent is not None, "a session is a child of the postmaster"
    return parent


def _forget_others(kept: Path, home: Path, orders: int) -> None:
    """Markets of this size that are another version's, too old, or half filled."""
    for other in kept.glob(f"{orders}-*"):
        done = other / "filled"
        if other != home or not done.exists() or _age_s(done) > market.FRESH.total_seconds():
            shutil.rmtree(other)


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime


async def _fill(stage: Stage, orders: int) -> None:
    sys.stderr.write(f"making a market of {orders:,} orders, kept for the next run\n")
    began = time.monotonic()
    await migrate(stage.database_url)
    async with wired(stage.settings, application="ordergraph-bench") as wiring:
        await keep_reasons()
        await market.fill(wiring, orders)
    async with market.connected(stage.database_url) as connection:
        await connection.execute("VACUUM (ANALYZE)")  # as after a night's rest
        await connection.execute("CHECKPOINT")
    took = time.monotonic() - began
    (stage.folder / "filled").write_text(json.dumps({"orders": orders, "seconds": took}))
    sys.stderr.write(f"  took {took:.0f} s\n")
