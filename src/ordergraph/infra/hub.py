"""Live nudges. A nudge says "look again"; the database says what is true.

So a nudge may be lost, doubled or late without harm: a listener looks again anyway, after a while,
and after each loss of Redis.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

CHANNEL: Final = "ordergraph:nudges"
LOOK_AGAIN_S: Final = 20.0
RECONNECT_S: Final = 0.5
SILENCE_S: Final = 5.0

log = structlog.get_logger(__name__)
Nudged = Callable[[], Awaitable[None]]


class Hub:
    """The listeners of this process, and the line to all other processes.

    Each listener holds one flag, so a slow client skips steps and never fills a queue.
    """

    def __init__(self, redis: Redis | None = None) -> None:
        self.listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._redis = redis
        self._sending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Nudged]:
        """Yield a function that waits until there may be something new."""
        flag = asyncio.Event()

        async def nudged() -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(flag.wait(), LOOK_AGAIN_S)
            flag.clear()

        self.listeners[topic].add(flag)
        try:
            yield nudged
        finally:
            self.listeners[topic].discard(flag)
            if not self.listeners[topic]:
                del self.listeners[topic]

    def nudge(self, topics: Iterable[str]) -> None:
        """Wake the listeners of this process."""
        for topic in topics:
            for flag in self.listeners.get(topic, ()):
                flag.set()

    def publish(self, topics: Iterable[str]) -> None:
        """Wake the listeners of every process; never waits, never fails."""
        named = sorted(set(topics))
        self.nudge(named)
        if self._redis is not None and named:
            task = asyncio.create_task(self._send(self._redis, named))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def flush(self) -> None:
        """Wait until everything that was published is sent, or could not be."""
        await asyncio.gather(*self._sending)

    async def _send(self, redis: Redis, topics: list[str]) -> None:
        try:
            await redis.publish(CHANNEL, orjson.dumps(topics))
        except (RedisError, OSError) as problem:
            log.warning("nudge.not_sent", problem=type(problem).__name__)

    async def relay(self) -> None:
        """Pass on the nudges of other processes, for as long as this process lives."""
        assert self._redis is not None, "nothing to relay without Redis"
        while True:
            try:
                await self._relay_once(self._redis)
            except (RedisError, OSError) as problem:
                log.warning("nudge.line_lost", problem=type(problem).__name__)
            await asyncio.sleep(RECONNECT_S)

    async def _relay_once(self, redis: Redis) -> None:
        async with redis.pubsub() as line:
            await line.subscribe(CHANNEL)
            self.nudge(list(self.listeners))  # whatever was said while the line was down
            asked = False
            while True:
                message = await line.get_message(timeout=SILENCE_S)
                if message is None and asked:
                    raise RedisConnectionError("no answer to a ping")
                if message is None:
                    await line.ping()
                asked = message is None
                if message is not None and message["type"] == "message":
                    self.nudge(orjson.loads(message["data"]))
