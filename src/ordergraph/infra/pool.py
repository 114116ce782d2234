# ruff: noqa: SLF001  (asyncpg has no other way to look into its pool)
"""The ORM's client, with a pool that takes its connections back without a task of their own.

asyncpg shields what it does when a connection comes back, by a task and a turn of the event loop, for
it may have to wait for the server. Ours nearly always go back as they are (connection.py), and then
nothing is waited for. This file is what Tortoise's configuration names as its engine.
"""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from asyncpg.pool import Pool as AsyncpgPool
from tortoise.backends.asyncpg.client import AsyncpgDBClient

USUAL: Final[Mapping[str, Any]] = {
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300.0,
    "record_class": asyncpg.Record,
    "loop": None,
}
"""As asyncpg.create_pool has it."""


class Pool(AsyncpgPool):  # type: ignore[misc]  # it has no types
    __slots__ = ()

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  (asyncpg's signature)
        holder: Any = connection._holder
        if connection._con is None or not self._goes_back_at_once(holder):
            await super().release(connection, timeout=timeout)
            return
        connection._con._on_release()
        await holder.release(None)  # never waits, so nobody can be canceled in it

    def _goes_back_at_once(self, holder: Any) -> bool:
        """Whether nothing has to be waited for; the order of asyncpg's own questions."""
        con = holder._con
        return not (
            con.is_closed()
            or con._protocol.queries_count >= holder._max_queries
            or holder._generation != self._generation
            or con._protocol._is_cancelling()
            or con._protocol.is_in_transaction()
            or con._top_xact is not None
            or con.is_altered
        )


class Client(AsyncpgDBClient):
    """Tortoise's own for asyncpg, over our pool."""

    async def create_pool(self, **given: Any) -> asyncpg.Pool:
        return await Pool(None, **{**USUAL, **given})

    def acquire_connection(self) -> Any:
        """The pool's own way: Tortoise's makes the pool first if there is none, and asks each time."""
        return super().acquire_connection() if self._pool is None else self._pool.acquire()

    def _check_loop(self) -> bool:
        """A process has one event loop; to look which one this is takes a system call."""
        return True


client_class = Client
