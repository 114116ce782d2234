"""One subscription over a WebSocket, in the graphql-transport-ws protocol."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

PROTOCOL: Final = Subprotocol("graphql-transport-ws")
LOOPBACK: Final = ("127.0.0.1", "localhost")
PATIENCE_S: Final = 10.0
ONLY: Final = "1"  # one operation on each socket needs one id


class SocketRefused(Exception):
    """The server ended the line, or the operation; `code` is the socket's close code, if any."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(f"{reason or 'no reason given'} ({code})" if code else reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Live:
    """A subscription that runs."""

    line: ClientConnection

    async def next(self, within_s: float) -> Any:
        """The data of the next event; TimeoutError when none comes, SocketRefused at the end."""
        message = await _receive(self.line, within_s)
        match message.get("type"):
            case "next" if not message["payload"].get("errors"):
                return message["payload"].get("data")
            case "complete":
                raise SocketRefused(None, "the server completed the subscription")
            case _:
                raise SocketRefused(None, f"instead of an event came {message}")


@asynccontextmanager
async def subscribed(
    url: str, document: str, variables: Mapping[str, object], *, init: Mapping[str, object]
) -> AsyncIterator[Live]:
    """Connect, introduce ourselves with `init`, subscribe; SocketRefused when that is not wanted."""
    here = urlsplit(url).hostname in LOOPBACK
    proxy: Literal[True] | None = None if here else True  # True: the environment's
    try:
        line = await connect(url, subprotocols=[PROTOCOL], open_timeout=PATIENCE_S, proxy=proxy)
    except (OSError, WebSocketException) as problem:
        raise SocketRefused(None, f"{url}: {problem}") from None
    async with line:
        await _send(line, {"type": "connection_init", "payload": init})
        if (await _receive(line, PATIENCE_S)).get("type") != "connection_ack":
            raise SocketRefused(None, "no connection_ack")
        wanted = {"query": document, "variables": variables}
        await _send(line, {"type": "subscribe", "id": ONLY, "payload": wanted})
        yield Live(line)
        with suppress(SocketRefused):
            await _send(line, {"type": "complete", "id": ONLY})


async def _send(line: ClientConnection, message: Mapping[str, object]) -> None:
    try:
        await line.send(orjson.dumps(message).decode())
    except ConnectionClosed as end:
        raise _ended(end) from None


async def _receive(line: ClientConnection, within_s: float) -> dict[str, Any]:
    """The next message that is not a ping of the protocol's own, which is answered."""
    async with asyncio.timeout(within_s):
        while True:
            try:
                message = orjson.loads(await line.recv())
            except ConnectionClosed as end:
                raise _ended(end) from None
            except orjson.JSONDecodeError:
                raise SocketRefused(None, "what came is no JSON") from None
            if not isinstance(message, dict):
                raise SocketRefused(None, "what came is no message")
            if message.get("type") == "ping":
                await _send(line, {"type": "pong"})
            elif message.get("type") != "pong":
                return message


def _ended(end: ConnectionClosed) -> SocketRefused:
    return (
        SocketRefused(end.rcvd.code, end.rcvd.reason)
        if end.rcvd
        else SocketRefused(None, "the line was cut")
    )
