"""Beats of workers, as every process reads them; some are of another version."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from ordergraph.infra import heartbeat
from ordergraph.infra.heartbeat import KEY, Heart
from tests.conftest import Servers

OTHERS = [
    b'{"samples": []}',
    b'{"at": 9e9}',
    b'{"at": "soon", "samples": []}',
    b"[1]",
    b"null",
    b"{",
    b"\xff",
]
OTHERS += [b'{"at": 9e9, "samples": [1]}', b'{"at": 9e9, "samples": [["jobs", {}, "many"]]}']


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    async with Redis.from_url(servers.redis_url.removesuffix("/0") + "/6") as found:
        await found.flushdb()
        yield found


async def test_who_has_beaten_is_alive(redis: Redis) -> None:
    heart = Heart(redis)

    await heart.beat()

    assert [beat.process for beat in await heartbeat.alive(redis)] == [heart.process]


@pytest.mark.parametrize("said", OTHERS)
async def test_what_another_version_says_is_left_to_it(redis: Redis, said: bytes) -> None:
    heart = Heart(redis)
    await redis.hset(KEY, "other", said)  # type: ignore[misc,arg-type]  # redis-py types it for both of its clients

    await heart.beat()

    assert [beat.process for beat in await heartbeat.alive(redis)] == [heart.process]
    assert await redis.hget(KEY, "other") == said  # type: ignore[misc]  # the same


async def test_who_was_silent_for_long_is_forgotten(redis: Redis) -> None:
    await redis.hset(KEY, "gone", b'{"at": 1, "samples": []}')  # type: ignore[misc,arg-type]  # the same

    await Heart(redis).beat()

    assert not await redis.hexists(KEY, "gone")  # type: ignore[misc]  # the same
