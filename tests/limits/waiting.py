"""Somebody else holds what an operation waits for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from tortoise import connections

from ordergraph.orders.models import Order

WAITING = """
SELECT count(*)::int FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@asynccontextmanager
async def locked(url: str, statement: str, *args: Any) -> AsyncIterator[None]:
    """A transaction of somebody else's that keeps its locks while the block lasts."""
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute(statement, *args)
            yield
    finally:
        await other.close()


def orders_locked(url: str) -> Any:
    """Nobody reads an order."""
    return locked(url, "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")


def order_locked(url: str, order: Order) -> Any:
    """Nobody changes this order."""
    return locked(url, "SELECT 1 FROM orders WHERE id = $1 FOR UPDATE", order.id)


async def waiting() -> int:
    """How many statements wait for a lock."""
    (row,) = await connections.get("default").execute_query_dict(WAITING)
    return int(row["count"])


async def until(count: int, counted: Callable[[], Any] = waiting) -> None:
    """Wait until there are so many."""
    async with asyncio.timeout(5):
        while await counted() != count:  # noqa: ASYNC110  (Postgres tells nobody when a lock is waited for)
            await asyncio.sleep(0.01)
