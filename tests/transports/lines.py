"""Sockets as phones open them, to a real uvicorn in the loop of the tests."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import orjson
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ordergraph.infra.wire import websockets
from tests import serving

PROTOCOL: Final = "graphql-transport-ws"
MESSAGE_BYTES: Final = 65_536
SOON_S: Final = 15.0


@asynccontextmanager
async def served(
    app: ASGIApp, *, ping_s: float = 20, buffer: int | None = None
) -> AsyncIterator[str]:
    """The application's address while the block lasts, served as `ordergraph serve` does.

    `buffer` is how many bytes the kernel keeps of what a client does not read.
    """
    line = serving.loopback()
    if buffer is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
    as_usual = websockets(message_bytes=MESSAGE_BYTES, ping_s=ping_s)
    async with serving.served(app, line, **as_usual) as url:
        yield f"ws{url.removeprefix('http')}/graphql"


class Phone:
    """A client that says what it likes."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line

    async def say(self, type_: str, **rest: Any) -> None:
        await self.send(orjson.dumps({"type": type_, **rest}).decode())

    async def send(self, frame: str | bytes, *, text: bool | None = None) -> None:
        """What is sent too late is lost: `hear` tells of the end."""
        with suppress(ConnectionClosed):
            await self.line.send(frame, text=text)

    async def hear(self, within_s: float = SOON_S) -> dict[str, Any]:
        """The next message; or, when the line is over, the code and reason of its end."""
        try:
            message: dict[str, Any] = orjson.loads(
                await asyncio.wait_for(self.line.recv(), within_s)
            )
        except ConnectionClosed as end:
            code = end.rcvd.code if end.rcvd else 1006
            return {"closed": code, "reason": end.rcvd.reason if end.rcvd else ""}
        return message

    async def closed(self, within_s: float = SOON_S) -> int:
        """The code with which the line ends, whatever comes before."""
        while "closed" not in (heard := await self.hear(within_s)):
            continue
        code: int = heard["closed"]
        return code

    async def init(self, **payload: Any) -> dict[str, Any]:
        await self.say("connection_init", payload=payload)
        return await self.hear()

    async def subscribe(self, query: str, *, id_: str = "1", **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.say("subscribe", id=id_, payload=payload)

    async def is_alive(self) -> bool:
        """Whether the server answers on this line."""
        await self.say("ping", payload={"are you": "there"})
        return await self.hear() == {"type": "pong", "payload": {"are you": "there"}}


@asynccontextmanager
async def phone(
    url: str,
    *protocols: str,
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
    **options: Any,
) -> AsyncIterator[Phone]:
    """An open socket; without protocols it speaks ours."""
    offered = [Subprotocol(name) for name in protocols or (PROTOCOL,)]
    given: dict[str, Any] = {"ping_interval": None, "compression": None, **options}
    async with connect(
        url, subprotocols=offered, additional_headers=headers, proxy=None, **given
    ) as line:
        yield Phone(line)
