"""Watching the database from outside: what it holds, what it was asked, what is going on in it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from asyncpg.connection import LoggedQuery
from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph.infra.database import session
from ordergraph.infra.reading import rows


async def ask(url: str, sql: str) -> Any:
    """One value, by a connection of its own."""
    connection = await asyncpg.connect(url, ssl=False)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def pid() -> int:
    """Which process of Postgres answers this task just now."""
    return int((await rows("SELECT pg_backend_pid()"))[0][0])


Snapshot = frozenset[tuple[str, str]]


async def snapshot() -> Snapshot:
    """Every row of every table, to compare: a refusal must change nothing at all."""
    tables = await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    every = " UNION ALL ".join(
        f"SELECT '{row['tablename']}' AS place, to_jsonb(x)::text AS said FROM {row['tablename']} x"
        for row in tables
    )
    return frozenset((row["place"], row["said"]) for row in await rows(every))


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan of Postgres', and all the plans in it."""
    yield plan
    for step in plan.get("Plans", ()):
        yield from steps(step)


def read_whole(plan: dict[str, Any]) -> set[str]:
    """The tables that this plan reads from beginning to end."""
    return {step["Relation Name"] for step in steps(plan) if step["Node Type"] == "Seq Scan"}


@asynccontextmanager
async def dear_pages(*, bitmaps: bool = False) -> AsyncIterator[None]:
    """A transaction in which an index is used wherever one serves, and walked in its order.

    For plans: a table of a few pages is read whole else, however it is indexed. `bitmaps`: an index
    may be read without its order, too. What Postgres believes of the tables is what is in them, and
    not what some earlier test left there.
    """
    await connections.get("default").execute_query("ANALYZE")
    async with in_transaction() as connection:
        await connection.execute_query("SET LOCAL enable_seqscan = off")
        if not bitmaps:
            await connection.execute_query("SET LOCAL enable_bitmapscan = off")
        yield


async def plan_of(sql: str, *values: object) -> dict[str, Any]:
    """The plan of this statement, carried out as part of this task's transaction, if it has one."""
    (row,) = await connections.get("default").execute_query_dict(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", list(values)
    )
    plan: dict[str, Any] = orjson.loads(row["QUERY PLAN"])[0]["Plan"]
    return plan


async def explained(read: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    """The plan, carried out, of the last statement that this read sends."""
    async with sent() as queries:
        await read()
    return await plan_of(queries[-1].query, *queries[-1].args)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that Tortoise sends while the block lasts."""
    log = logging.getLogger("tortoise.db_client")
    handler, level = _Statements(), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield handler.seen
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


class _Statements(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())


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

    Each is a round trip, once the driver knows the statement.
    """
    said: list[str] = []
    async with _heard(lambda query: said.append(" ".join(query.query.split()))):
        yield said


@asynccontextmanager
async def sent() -> AsyncIterator[list[LoggedQuery]]:
    """The same, each as it was sent, with its values."""
    said: list[LoggedQuery] = []
    async with _heard(said.append):
        yield said


@asynccontextmanager
async def _heard(listen: Callable[[LoggedQuery], None]) -> AsyncIterator[None]:
    """All but what the driver itself wants to know: it looks at types, once for each new connection."""

    def hear(query: LoggedQuery) -> None:
        if not any(word in query.query for word in OF_THE_DRIVER):
            listen(query)

    client: Any = connections.get(
        "default"
    )  # Tortoise shows no pool, and none at all in a transaction
    pool = getattr(client, "_parent", client)._pool
    open_ = [holder._con for holder in pool._holders if holder._con is not None]
    for connection in open_:
        connection.add_query_logger(hear)
    try:
        yield
        await asyncio.sleep(0)  # the driver tells its listeners in the next turn of the loop
    finally:
        for connection in open_:
            connection.remove_query_logger(hear)


OPEN = """
SELECT count(*)::int AS open FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND (state = 'idle in transaction' OR state = 'active' AND backend_type = 'client backend')"""


async def open_transactions() -> int:
    """How many other connections to this database are inside a transaction just now."""
    return int((await rows(OPEN))[0]["open"])
