"""arq's queue, as a bell: a job says "look now", Postgres says at what."""

import asyncio
import time
from functools import partial
from typing import Any, Final

import orjson
import structlog
from arq.connections import ArqRedis, RedisSettings
from arq.constants import default_queue_name, in_progress_key_prefix
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, WatchError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ordergraph.infra import correlation, tracing
from ordergraph.infra.redis_line import lines

ONE_WAKE_PER_S: Final = 0.2
"""A ring costs Redis and us as much as a statement: so often at most does one process ring for a job."""

log = structlog.get_logger(__name__)


def _kind(value: object) -> str:
    """What JSON has no form for: what a job failed with, which arq keeps though nobody asks for it."""
    return type(value).__name__


serializer: Final = partial(orjson.dumps, default=_kind)
"""JSON, not arq's default of pickle: who can write to Redis must not run code in our workers."""
deserializer: Final = orjson.loads


class Doubting(Pipeline):
    """A transaction whose line may break while it watches: what it read before counts for nothing.

    arq watches a job's key, reads, then takes the job, and expects a WatchError only at that last
    step. redis-py raises it already at the next read, and the worker would die of it.
    """

    _watched: tuple[Any, ...] = ()
    _broken = False

    async def watch(self, *names: Any) -> None:  # type: ignore[override]  # redis-py types it for both of its clients
        self._watched = names
        await super().watch(*names)

    def psetex(self, name: Any, time_ms: Any, value: Any) -> Any:
        """Whoever marks a job as in progress takes it off the queue in the same step.

        So it is nobody else's, and stands in nobody's way, however its worker ends: it is not done
        again, the next tick does it. A worker looks at the first hundred jobs of the queue, and passes
        over what is marked, which that of a worker that was killed is for ten minutes.
        """
        marked = super().psetex(name, time_ms, value)
        if name.startswith(in_progress_key_prefix):
            self.zrem(default_queue_name, name.removeprefix(in_progress_key_prefix))
        return marked

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py gives it no types
        except WatchError:
            self._broken = True
            await super().watch(*self._watched)
            return await super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py gives it no types

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        if self._broken:
            await self.aclose()
            raise WatchError("the line broke while watching")
        return list(await super().execute(raise_on_error))


def doubt(redis: ArqRedis) -> None:
    """Make the transactions of a worker's own pool, which arq has opened, doubting ones."""
    parts = (redis.connection_pool, redis.response_callbacks)
    redis.pipeline = partial(Doubting, *parts, transaction=True, shard_hint=None)  # type: ignore[method-assign]  # arq makes its pool of no other class


def redis_settings(url: str) -> RedisSettings:
    """Arq's own settings, made to outlive a Redis that goes away for a while."""
    settings = RedisSettings.from_dsn(url)
    settings.retry_on_error = [RedisConnectionError, RedisTimeoutError, OSError]
    settings.retry = Retry(ExponentialBackoff(cap=1, base=0.1), retries=30)
    settings.conn_retries = 60
    return settings


def connect(url: str) -> ArqRedis:
    """Open a pool lazily: a process starts, and serves, while Redis is away."""
    redis = ArqRedis(
        connection_pool=lines(url, free_s=2, connect_s=1, answer_s=5),
        job_serializer=serializer,
        job_deserializer=deserializer,
    )
    redis.auto_close_connection_pool = True  # the pool is made here, so it ends with its client
    return redis


def carried() -> dict[str, Any]:
    """What goes with a ring, for logs and traces; a job that is told nothing does the same."""
    told = {"request_id": correlation.current(), tracing.HEADER: tracing.CURRENT.get()}
    return {name: text for name, text in told.items() if text}


class Bell:
    """Rings for the workers; never waits, never fails: the cron net finds what a lost ring was for."""

    def __init__(self, redis: ArqRedis | None) -> None:
        self._redis = redis
        self._wanted: dict[str, dict[str, Any]] = {}
        self._ringing: dict[str, asyncio.Task[None]] = {}

    def ring(self, job: str) -> None:
        """Ask a worker to run this job now; several rings within a moment are one more at its end.

        The job is told on whose behalf we rang last, and nothing else.
        """
        if self._redis is None:
            return
        self._wanted[job] = carried()
        if job not in self._ringing:
            task = asyncio.create_task(self._ring(self._redis, job))
            self._ringing[job] = task
            task.add_done_callback(lambda _: self._ringing.pop(job))

    async def aclose(self) -> None:
        """Ring no more: what was still to be rung is found by the cron net."""
        ringing = list(self._ringing.values())
        for task in ringing:
            task.cancel()
        await asyncio.gather(*ringing, return_exceptions=True)

    async def _ring(self, redis: ArqRedis, job: str) -> None:
        """At once, and again after a moment, for as long as somebody rings meanwhile."""
        while (carries := self._wanted.pop(job, None)) is not None:
            moment = int(time.monotonic() / ONE_WAKE_PER_S)
            try:
                await redis.enqueue_job(job, _job_id=f"{job}:{moment}", **carries)
            except (RedisError, OSError) as problem:
                log.warning("bell.not_rung", job=job, problem=type(problem).__name__)
            await asyncio.sleep(ONE_WAKE_PER_S)
