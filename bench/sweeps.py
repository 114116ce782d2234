"""How fast cancel windows close, against bare updates of the same rows; and what a look for nothing takes."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import asyncpg

from bench.refunds import environment, fill, go_by
from ordergraph.deadlines import DEADLINES, named
from ordergraph.infra import embedded
from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.database import Edge, connected
from ordergraph.sweeping import LANES, MANY, sweep_batch
from seeds.fates import Share, cancelable

WINDOWS: Final = int(os.environ.get("BENCH_WINDOWS", "40000"))
WAITING: Final = int(os.environ.get("BENCH_WAITING", "2000000"))
ROUNDS: Final = 3
LOOKS: Final = 200
WINDOW: Final = named("order.cancel_window")

# What a table of orders alone would take at least: the hour is written into the order, and nothing told.
COLUMN: Final = """
CREATE INDEX windows ON orders (cancelable_until) WHERE status = 'PROCESSING' AND window_closed_at IS NULL"""
BARE: Final = """
WITH due AS MATERIALIZED (
    SELECT id FROM orders WHERE status = 'PROCESSING' AND window_closed_at IS NULL
      AND cancelable_until <= $1 ORDER BY cancelable_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE orders AS o SET window_closed_at = $1, version = version + 1
FROM due WHERE o.id = due.id RETURNING o.id"""
COPIES: Final = """
INSERT INTO orders SELECT made.* FROM generate_series(1, $1::int) AS n,
LATERAL (SELECT to_jsonb(one) AS given FROM orders AS one LIMIT 1) AS row,
jsonb_populate_record(NULL::orders, row.given || jsonb_build_object('id', gen_random_uuid(),
    'number', left(md5(n::text), 16), 'policy_numbers', '{}'::jsonb,
    'cancelable_until', now() + interval '30 days' + n * interval '1 second',
    'ship_by_at', now() + interval '30 days' + n * interval '1 second')) AS made"""

OPENED: Final = """
INSERT INTO open_windows SELECT id, cancelable_until FROM orders ON CONFLICT DO NOTHING"""
INDEXES: Final = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'orders' AND indexdef !~ 'UNIQUE'"""


async def measure() -> str:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with embedded.postgres(root / "postgres", durable=True) as url:
            env = environment(root, url, "redis://127.0.0.1:1/0", "Throttled", 0)
            await fill(env, WINDOWS, fates=(Share(1000, cancelable),))
            closed = await _windows(url)
            return closed + await _idle(url)


async def _windows(url: str) -> str:
    """Both take turns, each on a fresh copy of the database."""
    rates: dict[Callable[[str], Awaitable[float]], list[float]] = {_bare: [], _swept: []}
    for _ in range(ROUNDS):
        for way, found in rates.items():
            found.append(WINDOWS / await way(await _all_over(await _copy(url))))
    bare, swept = (statistics.median(found) for found in rates.values())
    return WINDOWS_PAGE.format(
        windows=WINDOWS, many=MANY, lanes=LANES, bare=bare, swept=swept, ratio=swept / bare
    )


async def _copy(url: str) -> str:
    admin = await asyncpg.connect(url.rsplit("/", 1)[0] + "/template1")
    name = url.rsplit("/", 1)[1]
    await admin.execute("DROP DATABASE IF EXISTS copied WITH (FORCE)")
    await admin.execute(f'CREATE DATABASE copied TEMPLATE "{name}"')
    await admin.execute("CHECKPOINT")
    await admin.close()
    return url.rsplit("/", 1)[0] + "/copied"


async def _all_over(url: str) -> str:
    connection = await asyncpg.connect(url)
    await go_by(connection)
    await connection.close()
    return url


async def _bare(url: str) -> float:
    connection = await asyncpg.connect(url)
    await connection.execute("DROP TRIGGER orders_window_ends ON orders")
    await connection.execute(COLUMN)
    await connection.execute("CHECKPOINT")
    now, began = await connection.fetchval("SELECT ordergraph_now()"), time.perf_counter()
    while await connection.fetch(BARE, now, MANY):
        pass
    took = time.perf_counter() - began
    await connection.close()
    return took


async def _swept(url: str) -> float:
    """By one worker, with event and outbox row."""
    async with connected(url):
        edge, began = Edge(DatabaseClock()), time.perf_counter()
        while (await sweep_batch(edge, WINDOW)).done:
            pass
        return time.perf_counter() - began


async def _idle(url: str) -> str:
    sys.stderr.write(f"{WAITING} more orders wait…\n")
    connection = await asyncpg.connect(await _copy(url))
    await connection.execute("SET session_replication_role = replica")
    indexes = await connection.fetch(INDEXES)
    for name, _ in indexes:
        await connection.execute(f"DROP INDEX {name}")  # made anew at once: that is faster
    await connection.execute(COPIES, WAITING)
    await connection.execute(OPENED)
    for _, definition in indexes:
        await connection.execute(definition)
    await connection.execute("VACUUM ANALYZE orders, open_windows")
    await connection.close()
    rows = []
    async with connected(url.rsplit("/", 1)[0] + "/copied"):
        edge = Edge(DatabaseClock())
        for deadline in DEADLINES:
            times = [await _timed(edge, deadline) for _ in range(LOOKS)]
            rows.append(f"| {deadline.name} | {statistics.median(times):.2f} | {min(times):.2f} |")
    return IDLE_PAGE.format(waiting=WAITING + WINDOWS, rows="\n".join(rows))


async def _timed(edge: Edge, deadline: Any) -> float:
    began = time.perf_counter()
    await sweep_batch(edge, deadline)
    return (time.perf_counter() - began) * 1000


WINDOWS_PAGE: Final = """
## {windows} cancel windows over at once

In batches of {many}, {lanes} at once, each window with its event and outbox row, by one worker; beside it a bare UPDATE of the same
orders in such batches, one after the other, which tells nobody: what it would take if the order's own row said it.

| windows a second | bare updates a second | ratio |
|---|---|---|
| {swept:.0f} | {bare:.0f} | {ratio:.2f} |
"""
IDLE_PAGE: Final = """
## A look for what is due, where nothing is

{waiting} orders wait for their windows and their shipping. Milliseconds, the clock's question and the way to Postgres and back included.

| deadline | median | least |
|---|---|---|
{rows}
"""
