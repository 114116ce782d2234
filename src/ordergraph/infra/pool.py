# ruff: noqa: SLF001  (asyncpg has no other way to look into its pool)
"""The ORM's client, with a pool that lends its connections without a task, and mostly at once.

asyncpg shields what it does when a connection comes back, by a task and a turn of the event loop, for
it may have to wait for the server. Ours nearly always go back as they are (connection.py), and then
nothing is waited for. Who borrows one for a statement gets the connection itself, not a stand-in that is
made for each loan, and no clock is set for each that is idle: all that took a tenth of a small query.
This file is what Tortoise's configuration names as its engine.
"""

import asyncio
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
IN_THE_URL: Final = frozenset({"host", "port", "user", "password", "database"})


class Pool(AsyncpgPool):  # type: ignore[misc]  # it has no types
    __slots__ = ("_counts", "_idle_s")

    def __init__(
        self, *args: Any, max_inactive_connection_lifetime: float = 0.0, **given: Any
    ) -> None:
        super().__init__(*args, max_inactive_connection_lifetime=0.0, **given)
        self._idle_s = max_inactive_connection_lifetime
        self._counts: dict[Any, int] = {}

    async def _initialize(self) -> None:
        await super()._initialize()
        self._tidy_later()

    def lend(self) -> Any:
        """The holder of a connection that is there, idle, and whose turn it is; else None."""
        queue = self._queue
        if not self._initialized or self.is_closing() or self._closed:
            return None
        if queue.empty() or queue._getters:
            return None
        holder = queue.get_nowait()
        if not self._is_good(holder):
            queue.put_nowait(holder)
            return None
        holder._in_use = self._loop.create_future()
        return holder

    async def lend_in_turn(self) -> Any:
        """The same, once it is there, or has been opened. Raises what `acquire` raises."""
        if self.is_closing():
            raise asyncpg.InterfaceError("pool is closing")
        self._check_init()
        holder = await self._queue.get()
        try:
            if not self._is_good(holder):
                await holder.acquire()
            else:
                holder._in_use = self._loop.create_future()
        except BaseException:
            self._queue.put_nowait(holder)
            self._schedule_min_size_maintenance()
            raise
        return holder

    def _is_good(self, holder: Any) -> bool:
        return bool(holder.is_connected() and holder._generation == self._generation)

    async def take_back(self, holder: Any) -> None:
        """What was lent, and has not ended since."""
        if self._goes_back_at_once(holder):
            holder._release()
        else:
            await asyncio.shield(holder.release(None))

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

    def _tidy_later(self) -> None:
        if self._idle_s and not self._closed:
            self._loop.call_later(self._idle_s, self._tidy)

    def _tidy(self) -> None:
        """End connections that nobody has used since the last look, down to the least number."""
        idle = [holder for holder in self._queue._queue if holder.is_connected()]
        for holder in idle:
            unused = self._counts.get(holder) == holder._con._protocol.queries_count
            if unused and self.get_size() > self.get_min_size():
                holder.terminate()
        self._counts = {
            holder: holder._con._protocol.queries_count for holder in idle if holder.is_connected()
        }
        self._tidy_later()


class Loan:
    """A connection for as long as the block lasts."""

    __slots__ = ("_holder", "_mark", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Any:
        self._holder = holder = self._pool.lend() or await self._pool.lend_in_turn()
        self._mark = holder._in_use
        return holder._con

    async def __aexit__(self, *_: object) -> None:
        if self._holder._in_use is self._mark:  # else it has ended, and its holder is back
            await self._pool.take_back(self._holder)


class Client(AsyncpgDBClient):
    """Tortoise's own for asyncpg, over our pool."""

    def __init__(self, *, dsn: str, **given: Any) -> None:
        super().__init__(**given)
        self._dsn = dsn

    async def create_pool(self, **given: Any) -> asyncpg.Pool:
        """By the URL as it is: asyncpg reads of it what Tortoise does not, such as `sslmode`."""
        more = {name: value for name, value in given.items() if name not in IN_THE_URL}
        return await Pool(self._dsn, **{**USUAL, **more})

    def acquire_connection(self) -> Any:
        """Tortoise's own way where there is no pool yet: it makes one."""
        return super().acquire_connection() if self._pool is None else Loan(self._pool)

    def _check_loop(self) -> bool:
        """A process has one event loop; to look which one this is takes a system call."""
        return True


client_class = Client
