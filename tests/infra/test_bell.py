"""The bell: rings for the workers, holds nobody up, and a ring that is lost harms nothing."""

import asyncio
from datetime import timedelta

import orjson
import pytest
from arq.connections import ArqRedis, create_pool
from arq.constants import default_queue_name, in_progress_key_prefix
from redis.exceptions import WatchError
from structlog.testing import capture_logs

from ordergraph.infra import queue
from ordergraph.infra.correlation import on_behalf_of
from ordergraph.infra.queue import Bell, connect, doubt, redis_settings
from tests.conftest import Servers

NOWHERE = "redis://127.0.0.1:1/0"


async def _rung(bell: Bell) -> None:
    await asyncio.gather(*bell._ringing.values())
    await asyncio.sleep(0)


async def _jobs(redis: ArqRedis) -> list[str]:
    return [job.function for job in await redis.queued_jobs()]


async def test_a_ring_is_a_job_without_arguments_in_plain_json(servers: Servers) -> None:
    redis = connect(servers.redis_url)
    await redis.flushdb()
    bell = Bell(redis)

    bell.ring("send_refunds")
    await _rung(bell)

    (key,) = [key async for key in redis.scan_iter("arq:job:*")]
    job = orjson.loads(await redis.get(key))
    assert (job["f"], job["a"], job["k"]) == ("send_refunds", [], {})
    await redis.flushdb()
    await redis.aclose()


async def test_a_ring_says_on_whose_behalf_and_nothing_else(servers: Servers) -> None:
    """E4."""
    redis = connect(servers.redis_url)
    await redis.flushdb()
    bell = Bell(redis)

    with on_behalf_of("phone-42", note="private"):
        bell.ring("send_refunds")
    await _rung(bell)

    (key,) = [key async for key in redis.scan_iter("arq:job:*")]
    assert orjson.loads(await redis.get(key))["k"] == {"request_id": "phone-42"}
    await redis.flushdb()
    await redis.aclose()


async def test_many_rings_within_a_moment_are_one_at_once_and_one_at_its_end(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever rings after a worker has looked is heard, too."""
    redis, rung = connect(servers.redis_url), list[str]()

    async def enqueue(job: str, **_: object) -> None:
        rung.append(job)

    monkeypatch.setattr(redis, "enqueue_job", enqueue)
    bell = Bell(redis)

    for _ in range(30):
        bell.ring("send_refunds")
        await asyncio.sleep(0)
    bell.ring("deliver_outbox")
    await asyncio.sleep(0)
    at_once = list(rung)
    await _rung(bell)

    assert at_once == ["send_refunds", "deliver_outbox"]
    assert rung == [*at_once, "send_refunds"]
    bell.ring("send_refunds")
    await _rung(bell)
    assert rung.count("send_refunds") == 3
    await redis.aclose()


async def test_two_processes_that_ring_within_a_moment_are_one_job(servers: Servers) -> None:
    redis = connect(servers.redis_url)
    await redis.flushdb()
    bells = Bell(redis), Bell(redis)

    for bell in bells:
        bell.ring("send_refunds")
    for bell in bells:
        await _rung(bell)

    assert 1 <= (await _jobs(redis)).count("send_refunds") <= 2  # a moment may end in between
    await redis.flushdb()
    await redis.aclose()


async def test_without_redis_ringing_neither_waits_nor_fails() -> None:
    """J14."""
    redis = connect(NOWHERE)
    bell = Bell(redis)

    with capture_logs() as logs:
        bell.ring("send_refunds")
        assert bell._ringing  # it goes on by itself
        await _rung(bell)

    assert [(entry["event"], entry["job"]) for entry in logs] == [("bell.not_rung", "send_refunds")]
    await redis.aclose()


async def test_a_bell_that_is_put_away_rings_no_more(servers: Servers) -> None:
    redis = connect(servers.redis_url)
    bell = Bell(redis)

    bell.ring("send_refunds")
    await bell.aclose()

    assert not bell._ringing
    await redis.flushdb()
    await redis.aclose(close_connection_pool=True)


async def test_a_bell_without_a_line_is_silent() -> None:
    bell = Bell(None)

    bell.ring("send_refunds")

    assert not bell._ringing


async def test_a_line_that_breaks_while_a_worker_watches_a_job_costs_that_job_one_look(
    servers: Servers,
) -> None:
    """J13: arq dies of a WatchError anywhere but at the end."""
    redis = await create_pool(redis_settings(servers.redis_url))
    doubt(redis)
    await redis.set("job", "queued")

    async with redis.pipeline(transaction=True) as pipe:
        await pipe.watch("job")
        await redis.client_kill_filter(_id=await pipe.client_id())
        assert await pipe.exists("job") == 1
        assert await pipe.get("job") == b"queued"
        pipe.multi()
        pipe.set("job", "taken")
        with pytest.raises(WatchError):
            await pipe.execute()

    assert await redis.get("job") == b"queued"
    await redis.flushdb()
    await redis.aclose(close_connection_pool=True)


async def test_a_line_that_holds_takes_the_job(servers: Servers) -> None:
    redis = await create_pool(redis_settings(servers.redis_url))
    doubt(redis)

    async with redis.pipeline(transaction=True) as pipe:
        await pipe.watch("job")
        assert await pipe.exists("job") == 0
        pipe.multi()
        pipe.set("job", "taken")
        assert await pipe.execute() == [True]

    await redis.flushdb()
    await redis.aclose(close_connection_pool=True)


async def test_who_marks_a_job_takes_it_off_the_queue_in_the_same_step(servers: Servers) -> None:
    """As arq does it: a worker that is killed right after leaves nothing that others pass over."""
    redis = await create_pool(redis_settings(servers.redis_url))
    doubt(redis)
    await redis.zadd(default_queue_name, {"tick:1": 1, "tick:2": 2})

    async with redis.pipeline(transaction=True) as pipe:
        await pipe.watch(f"{in_progress_key_prefix}tick:1")
        pipe.multi()
        pipe.psetex(f"{in_progress_key_prefix}tick:1", 600_000, b"1")
        await pipe.execute()

    assert await redis.exists(f"{in_progress_key_prefix}tick:1") == 1
    assert await redis.zrange(default_queue_name, 0, -1) == [b"tick:2"]
    await redis.flushdb()
    await redis.aclose(close_connection_pool=True)


def test_a_worker_outlives_a_redis_that_goes_away_for_a_while() -> None:
    settings = redis_settings("redis://:secret@example:6380/3")

    assert (settings.host, settings.port, settings.database) == ("example", 6380, 3)
    assert settings.conn_retries >= 30
    assert settings.retry_on_error
    assert timedelta(seconds=queue.ONE_WAKE_PER_S) < timedelta(seconds=1)
