"""How workers are known to be alive, and what they have counted: a beat in Redis every few seconds.

A worker that cannot reach Redis does not work either, so Redis knows best. Its clock alone is used.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ordergraph.infra.counters import Sample, shared
from ordergraph.infra.meanwhile import meanwhile

KEY: Final = "ordergraph:workers"
EVERY_S: Final = 5.0
LAST_WORD_S: Final = 1.0
ALIVE_S: Final = 20.0
FORGOTTEN_S: Final = 3_600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a process last said of itself."""

    process: str
    samples: list[Sample]
    at: float = 0.0


class Heart:
    """Beats for as long as `beating` runs; the last thing it does is to stop being counted."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.process = uuid4().hex[:8]

    async def beating(self) -> None:
        while True:
            try:
                await self.beat()
            except (RedisError, OSError) as problem:
                log.warning("heartbeat.missed", problem=type(problem).__name__)
            await asyncio.sleep(EVERY_S)

    async def beat(self) -> None:
        now = await _now(self._redis)
        said = orjson.dumps({"at": now, "samples": list(shared())})
        await self._redis.hset(KEY, self.process, said.decode())  # type: ignore[misc]  # redis-py types it for both of its clients
        for beat in await _all(self._redis):
            if beat.at < now - FORGOTTEN_S:
                await self._redis.hdel(KEY, beat.process)  # type: ignore[misc]  # the same

    async def stop(self) -> None:
        await self._redis.hdel(KEY, self.process)  # type: ignore[misc]  # the same


@asynccontextmanager
async def beating(redis: Redis) -> AsyncIterator[None]:
    """Be known to be alive for as long as the block lasts."""
    heart = Heart(redis)
    try:
        async with meanwhile(heart.beating):
            yield
    finally:
        with suppress(RedisError, OSError):
            await asyncio.wait_for(heart.stop(), LAST_WORD_S)


async def alive(redis: Redis) -> list[Beat]:
    """Who has beaten lately; raises RedisError when nobody can know."""
    now = await _now(redis)
    return [beat for beat in await _all(redis) if beat.at > now - ALIVE_S]


async def _now(redis: Redis) -> float:
    seconds, micros = await redis.time()
    return int(seconds) + int(micros) / 1_000_000


async def _all(redis: Redis) -> list[Beat]:
    """In the order of their names. What another version may say is left to it."""
    found = await redis.hgetall(KEY)  # type: ignore[misc]  # redis-py types it for both of its clients
    beats = (_read(process.decode(), said) for process, said in sorted(found.items()))
    return [beat for beat in beats if beat is not None]


def _read(process: str, said: bytes) -> Beat | None:
    try:
        told = orjson.loads(said)
        samples = [
            (str(name), dict(labels), float(value)) for name, labels, value in told["samples"]
        ]
        return Beat(process, samples, float(told["at"]))
    except (ValueError, TypeError, LookupError):
        return None
