"""A transaction of Tortoise's, begun on a connection of the pool, and ended whatever happens."""

from contextlib import suppress
from typing import Any, Final, cast

import asyncpg
import structlog
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.base.client import TransactionContextPooled
from tortoise.context import require_context

from ordergraph.infra.reading import client

LOST: Final = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver says when a line breaks just then
    asyncpg.PostgresError,
    OSError,
)

log = structlog.get_logger(__name__)


def begun() -> "_Begun":
    """Open one, which everything in the block belongs to; there is none in another."""
    pool = client()
    assert not isinstance(pool, TransactionWrapper), "a transaction is open already"
    return _Begun(TransactionWrapper(pool), pool._pool_init_lock)


class _Begun(TransactionContextPooled):
    """Tortoise's own, but a task that is canceled in the middle leaves nothing behind.

    Whatever cannot be ended in order is ended by hanging up: then Postgres rolls it back, and the
    pool opens another connection. It borrows by asyncpg's stand-in, which ends with it: a task that
    outlives it would else speak in somebody else's.
    """

    async def __aenter__(self) -> Any:
        await self.ensure_connection()
        pool = cast(Any, self.client)._parent._pool
        self.client._connection = await pool.acquire()
        self.token = require_context().connections.set(self.connection_name, self.client)
        try:
            await self.client.begin()
        except BaseException:
            self._hang_up()
            await self._let_go()
            raise
        return self.client

    async def __aexit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        try:
            await (self.client.commit() if exc_type is None else self._undo())
        except BaseException:
            self._hang_up()
            raise
        finally:
            await self._let_go()

    async def _undo(self) -> None:
        """Roll back. What went wrong before is what is told, not what goes wrong in this."""
        try:
            await self.client.rollback()
        except LOST as problem:
            log.warning("transaction.cut", problem=type(problem).__name__)
            self._hang_up()

    def _hang_up(self) -> None:
        """Unless the other side has: what was lost is no longer ours, and asyncpg says so."""
        with suppress(asyncpg.InterfaceError):
            self._connection.terminate()

    async def _let_go(self) -> None:
        require_context().connections.reset(self.token)
        pool = cast(Any, self.client)._parent._pool
        await pool.release(self._connection)  # it never waits, or is shielded (pool.py)

    @property
    def _connection(self) -> Any:
        return self.client._connection
