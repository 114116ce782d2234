"""How redis-py speaks for us: whoever is canceled while it writes has been canceled.

It writes by `asyncio.wait_for`, which in Python 3.11 may swallow a cancellation that comes with the end
of the wait. Whoever waited for the canceled task, a stream that ends or a server that does, would wait
in vain.
"""

import asyncio
from typing import Any, Final

from redis.asyncio import (
    BlockingConnectionPool,
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio.connection import AbstractConnection

MOST_LINES: Final = 20


class Heeding(AbstractConnection):
    """redis-py's own, mended."""

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        before = _cancellations()
        await super().send_packed_command(command, check_health)
        if _cancellations() > before:
            await self.disconnect(nowait=True)  # nobody will read the answer
            raise asyncio.CancelledError


class HeedingTcp(Heeding, Connection):
    """For redis://."""


class HeedingTls(Heeding, SSLConnection):
    """For rediss://."""


class HeedingUnix(Heeding, UnixDomainSocketConnection):
    """For unix://."""


CLASSES: Final[dict[type, type[AbstractConnection]]] = {
    Connection: HeedingTcp,
    SSLConnection: HeedingTls,
    UnixDomainSocketConnection: HeedingUnix,
}


def lines(
    url: str, *, free_s: float, connect_s: float, answer_s: float | None
) -> BlockingConnectionPool:
    """A pool that opens lazily. In seconds: how long we wait for a free line, to connect, for an answer."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_LINES,
        timeout=free_s,
        socket_connect_timeout=connect_s,
        socket_timeout=answer_s,
    )
    pool.connection_class = CLASSES[pool.connection_class]
    return pool


def _cancellations() -> int:
    """How often this task was asked to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0
