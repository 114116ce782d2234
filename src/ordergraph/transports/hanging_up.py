"""Who hangs up asks for nothing any more: the work for one HTTP request ends with its line."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Self, TypeVar

from starlette.types import Receive

from ordergraph.transports.operation import BadRequest

T = TypeVar("T")

AT_ONCE_S: Final = 0.05
"""What is done by then is done before anybody looks at the clock, or whether its client is still there."""


class HungUp(BadRequest):
    """The client is gone; nobody will read this."""

    code = "CLIENT_CLOSED_REQUEST"


class Lookout:
    """Looks after all that is under way in a process, now and then: for most of it a timer of its own
    would be a good part of the work.
    """

    def __init__(self) -> None:
        self._unwatched: dict[_Watch, None] = {}
        """In the order in which they began."""
        self._is_waiting = False

    async def while_there(
        self, receive: Receive | None, work: Awaitable[T], within_s: float | None = None
    ) -> T:
        """Do the work of a request whose body is read, while its client waits, and no longer than that.

        Raises HungUp, and TimeoutError. Without a line of its own to look at, nobody hangs up.
        """
        loop = asyncio.get_running_loop()
        watch = _Watch(loop, receive, within_s)
        self._unwatched[watch] = None
        if not self._is_waiting:
            self._wait(loop)
        try:
            with watch:
                return await work
        finally:
            if watch in self._unwatched:
                del self._unwatched[watch]
            else:
                await watch.end()

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_waiting = bool(self._unwatched)
        if self._is_waiting:
            loop.call_later(AT_ONCE_S, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        long_ago = loop.time() - AT_ONCE_S
        for watch in list(self._unwatched):
            if watch.began > long_ago:
                break
            del self._unwatched[watch]
            watch.begin()
        self._wait(loop)


class _Watch:
    """Ends the work inside of its block when time is over or the client leaves."""

    _why: Callable[[], Exception] | None = None
    """It was ended for this. Exceptions are made when they are raised: kept, they would keep all of it."""
    _clock: asyncio.TimerHandle | None = None
    _looking: asyncio.Task[None] | None = None

    def __init__(
        self, loop: asyncio.AbstractEventLoop, receive: Receive | None, within_s: float | None
    ) -> None:
        self.began = loop.time()
        self._loop, self._receive, self._within_s = loop, receive, within_s
        self._task: asyncio.Task[object] | None = asyncio.current_task()

    def begin(self) -> None:
        if self._within_s is not None:
            over = self.began + self._within_s
            self._clock = self._loop.call_at(over, self._stop, TimeoutError)
        if self._receive is not None:
            self._looking = self._loop.create_task(self._look(self._receive))

    async def _look(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stop(partial(HungUp, "The client hung up."))

    def _stop(self, why: Callable[[], Exception]) -> None:
        if self._why is None and self._task is not None:
            self._why = why
            self._task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """As asyncio's timeouts do: who was canceled by somebody else as well is not told this."""
        task, self._task = self._task, None
        if self._why is None or task is None:
            return
        if task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise self._why() from None

    async def end(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
            self._looking = None
