"""Who hangs up asks for nothing any more: the work for one HTTP request ends with its line."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.types import Receive

from ordergraph.transports.operation import BadRequest

T = TypeVar("T")

AT_ONCE_S: Final = 0.02
"""What is done by then is done before anybody looks whether its client is still there."""


class HungUp(BadRequest):
    """The client is gone; nobody will read this."""

    code = "CLIENT_CLOSED_REQUEST"


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do the work of a request whose body is read, while its client waits; raises HungUp."""
    watch = _Watch(request.receive)
    try:
        async with asyncio.timeout(None) as watch.line:
            return await work
    except TimeoutError:
        if watch.line.expired():
            raise HungUp("The client hung up.") from None
        raise
    finally:
        await watch.end()


class _Watch:
    """Ends the block of `line` when the client leaves; it looks up only from work that takes a while."""

    line: asyncio.Timeout

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._looking: asyncio.Task[None] | None = None
        self._soon = asyncio.get_running_loop().call_later(AT_ONCE_S, self._begin)

    def _begin(self) -> None:
        self._looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.line.reschedule(asyncio.get_running_loop().time())

    async def end(self) -> None:
        self._soon.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
