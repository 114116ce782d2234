"""Who hangs up asks for nothing any more: the work for one HTTP request ends with its line."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from ordergraph.transports.operation import BadRequest

T = TypeVar("T")


class HungUp(BadRequest):
    """The client is gone; nobody will read this."""

    code = "CLIENT_CLOSED_REQUEST"


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do the work of a request whose body is read, while its client waits; raises HungUp."""
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise HungUp("The client hung up.")
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
