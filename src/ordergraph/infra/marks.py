"""Who has changed something, or is about to be told of a change: a mark in Redis, for some seconds.

Whoever has one is shown nothing that a replica says: it may not have heard of the change yet.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ordergraph.infra.redis_line import lines

MARKED_S: Final = 5.0
"""How long a mark stays: as long as a replica may be behind (replica.BEHIND_S), and 3 s for what lies
between a commit and its mark, and between looking at the mark and reading.
"""
PATIENCE_S: Final = 0.5
"""How long a commit or a query waits for Redis."""
SET: Final = "for _, key in ipairs(KEYS) do redis.call('SET', key, '', 'PX', ARGV[1]) end"

log = structlog.get_logger(__name__)


class Marks:
    """Those of all processes. Where Redis may have missed one, everybody counts as marked."""

    def __init__(self, redis_url: str) -> None:
        # Each command has its time here: redis-py would make a task for it.
        pool = lines(redis_url, free_s=PATIENCE_S, connect_s=PATIENCE_S, answer_s=None)
        self._redis = Redis(connection_pool=pool)
        self._set = self._redis.register_script(SET)
        self._doubtful_until = 0.0
        self._waiting: dict[UUID, asyncio.Future[bool]] = {}
        self._asking: asyncio.Task[None] | None = None

    @property
    def doubtful(self) -> bool:
        """Whether Redis was away for this process, while marks of others might have been set."""
        return time.monotonic() < self._doubtful_until

    async def set(self, people: Collection[UUID]) -> None:
        """Mark them. Never fails: what has been committed is to be answered."""
        if not people:
            return
        keys = [_key(person) for person in people]
        async with self._in_time():
            await self._set(keys=keys, args=[int(MARKED_S * 1000)])

    async def on(self, person: UUID) -> bool:
        """Whether this person is marked, now. Who asks while Redis answers others is asked for next."""
        if self.doubtful:
            return True
        answer = self._waiting.get(person)
        if answer is None:
            answer = self._waiting[person] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(answer)

    async def _ask(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                await self._answer(waiting)
        finally:
            self._asking = None

    async def _answer(self, waiting: Mapping[UUID, asyncio.Future[bool]]) -> None:
        found: Sequence[bytes | None] = [b"nobody knows"] * len(waiting)
        try:
            async with self._in_time():
                found = await self._redis.mget([_key(person) for person in waiting])
        finally:
            for answer, value in zip(waiting.values(), found, strict=True):
                answer.set_result(value is not None)

    async def look(self) -> None:
        """Notice that Redis is away, where nobody asks."""
        async with self._in_time():
            await self._redis.ping()

    async def aclose(self) -> None:
        await self._redis.aclose(close_connection_pool=True)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Whatever is wrong with Redis, nothing is raised, and for a while nobody is without a mark."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield
        except (RedisError, OSError) as problem:  # a TimeoutError is one, too
            if not self.doubtful:
                log.warning("marks.away", problem=type(problem).__name__)
            self._doubtful_until = time.monotonic() + MARKED_S


def _key(person: UUID) -> str:
    return f"ordergraph:changed:{person}"
