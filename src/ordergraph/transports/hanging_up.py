"""Who hangs up asks for nothing any more: the work for one HTTP request ends with its line."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from starlette.types import Receive

from ordergraph.transports.operation import BadRequest

T = TypeVar("T")

AT_ONCE_S: Final = 0.02
"""What is done by then is done before anybody looks at the clock, or whether its client is still there."""


class HungUp(BadRequest):
    """The client is gone; nobody will read this."""

    code = "CLIENT_CLOSED_REQUEST"


async def while_there(
    receive: Receive | None, work: Awaitable[T], within_s: float | None = None
) -> T:
    """Do the work of a request whose body is read, while its client waits, and no longer than that.

    Raises HungUp, and TimeoutError. Without a line of its own to look at, nobody hangs up.
    """
    watch = _Watch(receive, within_s)
    try:
        async with watch.line:
            return await work
    except TimeoutError:
        if watch.is_left:
            raise HungUp("The client hung up.") from None
        raise
    finally:
        await watch.end()


class _Watch:
    """Ends the block of `line` when time is over or the client leaves; it looks up only from work that
    takes a while.
    """

    is_left = False

    def __init__(self, receive: Receive | None, within_s: float | None) -> None:
        self.line = asyncio.Timeout(None)
        self._looking: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        over = None if within_s is None else loop.time() + within_s
        self._soon = loop.call_later(AT_ONCE_S, self._begin, receive, over)

    def _begin(self, receive: Receive | None, over: float | None) -> None:
        self.line.reschedule(over)
        if receive is not None:
            self._looking = asyncio.ensure_future(self._look(receive))

    async def _look(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not self.line.expired():
            self.is_left = True
            self.line.reschedule(asyncio.get_running_loop().time())

    async def end(self) -> None:
        self._soon.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
