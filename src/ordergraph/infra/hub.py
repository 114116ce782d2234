"""Live nudges. A nudge says "look again"; the database says what is true.

So a nudge may be lost, doubled or late without harm: a listener looks again anyway, after a while,
and after each loss of Redis.
"""

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

CHANNEL: Final = "ordergraph:nudges"
EVERYTHING: Final = "*"
LOOK_AGAIN_S: Final = 20.0
RECONNECT_S: Final = 0.5
GATHER_S: Final = 0.004
"""A message costs every process as much as a statement: the next one waits so long, and says it all."""
SILENCE_S: Final = 5.0
ANSWER_S: Final = 5.0
FAREWELL_S: Final = 1.0
MOST_UNSENT: Final = 1000

log = structlog.get_logger(__name__)
Nudged = Callable[[], Awaitable[None]]
Wake = Callable[[], None]


class Hub:
    """The listeners of this process, and the line to all other processes.

    Each is woken, and told nothing: so a slow one skips steps and never fills a queue.
    """

    def __init__(self, redis: Redis | None = None) -> None:
        self.listeners: defaultdict[str, set[Wake]] = defaultdict(set)
        self._redis = redis
        self._name = f"from:{secrets.token_hex(8)}"
        self._line = _line_to(redis) if redis else None
        self._unsent: set[str] = set()
        self._sending: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Nudged]:
        """Yield a function that waits until there may be something new."""
        flag = asyncio.Event()

        async def nudged() -> None:
            # not wait_for, which in Python 3.11 may swallow a cancellation that comes with the flag
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await flag.wait()
            flag.clear()

        self.add(topic, flag.set)
        try:
            yield nudged
        finally:
            self.discard(topic, flag.set)

    def add(self, topic: str, wake: Wake) -> None:
        """Call this at each nudge, until it is discarded; it only notes that there is something to do."""
        self.listeners[topic].add(wake)

    def discard(self, topic: str, wake: Wake) -> None:
        self.listeners[topic].discard(wake)
        if not self.listeners[topic]:
            del self.listeners[topic]

    def nudge(self, topics: Iterable[str]) -> None:
        """Wake the listeners of this process; one that fails keeps no other one asleep."""
        for topic in topics:
            for wake in tuple(self._wakes(topic)):
                try:
                    wake()
                except Exception:
                    log.exception("nudge.listener_failed", topic=topic.partition(":")[0])

    def _wakes(self, topic: str) -> Iterable[Wake]:
        if topic == EVERYTHING:
            return (wake for wakes in self.listeners.values() for wake in wakes)
        return self.listeners.get(topic, ())

    def publish(self, topics: Iterable[str]) -> None:
        """Wake the listeners of every process; never waits, never fails.

        What Redis does not take is kept and said again: whoever was nudged by its return may have
        looked before this change was made.
        """
        named = set(topics)
        self.nudge(named)
        if self._redis is None or not named:
            return
        self._keep(named)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    def _keep(self, topics: set[str]) -> None:
        self._unsent |= topics
        if len(self._unsent) > MOST_UNSENT:
            self._unsent = {EVERYTHING}

    async def _send(self) -> None:
        """Say all that is kept, at once; what is published meanwhile goes with the next message."""
        told = False
        while self._unsent:
            topics, self._unsent = self._unsent, set()
            try:
                await self._say(orjson.dumps([self._name, *sorted(topics)]))
                told = False
                await asyncio.sleep(GATHER_S)
            except (RedisError, OSError) as problem:
                self._keep(topics)
                if not told:
                    log.warning("nudge.not_sent", problem=type(problem).__name__)
                told = True
                await asyncio.sleep(RECONNECT_S)

    async def _say(self, message: bytes) -> None:
        """On a line of its own. One that stood open may have been cut off: then once more, on a new one."""
        assert self._line is not None, "nothing is said without Redis"
        stood_open = self._line.is_connected
        try:
            await _publish(self._line, message)
        except (RedisError, OSError):
            if not stood_open:
                raise
            await _publish(self._line, message)

    async def flush(self) -> None:
        """Wait until everything that was published is sent, unless Redis is away."""
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=FAREWELL_S)

    async def aclose(self) -> None:
        """Say what is still to be said, and stop trying."""
        await self.flush()
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])
        if self._line is not None:
            await self._line.disconnect()

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
        line = _line_to(redis)
        try:
            async with asyncio.timeout(ANSWER_S):
                await line.send_command("SUBSCRIBE", CHANNEL)
            while True:
                await self._hear_until_silence(line)
                await line.send_command("PING")
                async with asyncio.timeout(SILENCE_S):
                    self._hear(await line.read_response())
        except TimeoutError:
            raise RedisConnectionError("no answer") from None
        finally:
            await line.disconnect()

    async def _hear_until_silence(self, line: AbstractConnection) -> None:
        clock = asyncio.get_running_loop().time
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S) as silence:
                while True:
                    self._hear(await line.read_response(disconnect_on_error=False))
                    silence.reschedule(clock() + SILENCE_S)

    def _hear(self, message: Sequence[bytes]) -> None:
        """Redis confirms that it listens for us now, after however long: whatever was said while it
        did not was not heard. What we said ourselves, we have heard.
        """
        kind, data = message[0], message[-1]
        if kind == b"subscribe":
            self.nudge([EVERYTHING])
        elif kind == b"message" and (topics := orjson.loads(data))[:1] != [self._name]:
            self.nudge(topics)


def _line_to(redis: Redis) -> AbstractConnection:
    """A connection that this process keeps for itself: one of a pool costs more than what is said on it.

    It opens when something is sent. It has no time limit of its own, for redis-py makes a task to keep
    one; we set one around all.
    """
    line: AbstractConnection = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py gives it no types
    line.socket_timeout = None
    return line


async def _publish(line: AbstractConnection, message: bytes) -> None:
    async with asyncio.timeout(ANSWER_S):
        await line.send_command("PUBLISH", CHANNEL, message)
        await line.read_response()
