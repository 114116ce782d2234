"""Watching the database from outside: what it holds, what it was asked, what is going on in it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import orjson
from tortoise import connections

from ordergraph.infra.database import session

Snapshot = frozenset[tuple[str, str]]


async def snapshot() -> Snapshot:
    """Every row of every table, to compare: a refusal must change nothing at all."""
    connection = connections.get("default")
    rows = await connection.execute_query_dict(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    every = " UNION ALL ".join(
        f"SELECT '{row['tablename']}' AS place, to_jsonb(x)::text AS said FROM {row['tablename']} x"
        for row in rows
    )
    return frozenset(
        (row["place"], row["said"]) for row in await connection.execute_query_dict(every)
    )


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan of Postgres', and all the plans in it."""
    yield plan
    for step in plan.get("Plans", ()):
        yield from steps(step)


class _Statements(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.last: Any = None

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())
        self.last = record.args


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that Tortoise sends while the block lasts."""
    with _watched() as handler:
        yield handler.seen


async def explained(read: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    """The plan, carried out, of the last statement that this read sends."""
    with _watched() as handler:
        await read()
    sql, values = handler.last
    rows = await connections.get("default").execute_query_dict(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values
    )
    plan: dict[str, Any] = orjson.loads(rows[0]["QUERY PLAN"])[0]["Plan"]
    return plan


@contextmanager
def _watched() -> Iterator[_Statements]:
    log = logging.getLogger("tortoise.db_client")
    handler, level = _Statements(), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


@asynccontextmanager
async def holding(order_id: UUID) -> AsyncIterator[None]:
    """Somebody else holds this order's row, on a connection of their own, while the block lasts."""
    async with session() as connection, connection.transaction():
        await connection.execute("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", order_id)
        yield


OF_THE_DRIVER = ("typeinfo_tree", "set_config('jit'")


@asynccontextmanager
async def told() -> AsyncIterator[list[str]]:
    """Collect all that Postgres is told by this process's pool while the block lasts, BEGIN and COMMIT too.

    Each is a round trip, once the driver knows the statement; its own looks at types, one for each
    new connection, are left out.
    """
    said: list[str] = []

    def listen(query: Any) -> None:
        if not any(word in query.query for word in OF_THE_DRIVER):
            said.append(" ".join(query.query.split()))

    pool: Any = connections.get("default")._pool  # type: ignore[attr-defined]  # Tortoise shows no pool
    open_ = [holder._con for holder in pool._holders if holder._con is not None]
    for connection in open_:
        connection.add_query_logger(listen)
    try:
        yield said
        await asyncio.sleep(0)  # the driver tells its listeners in the next turn of the loop
    finally:
        for connection in open_:
            connection.remove_query_logger(listen)


OPEN = """
SELECT count(*)::int AS open FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND (state = 'idle in transaction' OR state = 'active' AND backend_type = 'client backend')"""


async def open_transactions() -> int:
    """How many other connections to this database are inside a transaction just now."""
    rows = await connections.get("default").execute_query_dict(OPEN)
    count: int = rows[0]["open"]
    return count
