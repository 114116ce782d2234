"""Clients of graphql-transport-ws that cost next to nothing: what is measured is the server."""

import asyncio
import base64
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

TEXT: Final = 0x81
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A
KEY: Final = base64.b64encode(bytes(16)).decode()


@dataclass(eq=False, slots=True)
class Ear(asyncio.Protocol):
    """One socket. `heard` are its messages' moments (monotonic seconds) and texts since it was cleared."""

    request: bytes
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    transport: Any = None
    closed: int | None = None
    """The code that the server closed with."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    shaken: bool = False
    _buffer: bytes = b""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        self._buffer += data
        if not self.shaken:
            head, blank, rest = self._buffer.partition(b"\r\n\r\n")
            if not blank:
                return
            assert b" 101 " in head[:20], head
            self.shaken, self._buffer = True, rest
        for kind, text in self._frames():
            if kind == TEXT:
                self.heard.append((at, text))
            elif kind == PING:
                self.transport.write(bytes([PONG, 0x80 | len(text)]) + bytes(4) + text)
            elif kind == CLOSE:
                self.closed = int.from_bytes(text[:2])
                self.over.set()
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        self._news.set()

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """Frames of a server are not masked."""
        while len(self._buffer) >= 2:
            kind, size, start = self._buffer[0], self._buffer[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self._buffer[2:start])
            if len(self._buffer) < start + size:
                return
            text, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
            yield kind, text

    def say(self, message: dict[str, Any]) -> None:
        """Send it masked, as a client must; by zeros, which change nothing."""
        text = orjson.dumps(message)
        size = len(text)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        self.transport.write(bytes([TEXT]) + length + bytes(4) + text)

    async def hears(self, count: int, within_s: float = 60) -> None:
        """Wait until there were so many messages."""
        async with asyncio.timeout(within_s):
            while len(self.heard) < count or not self.shaken:
                assert not self.transport.is_closing(), f"the server hung up: {self.closed}"
                self._news.clear()
                await self._news.wait()

    def hang_up(self) -> None:
        self.transport.abort()


async def connected(port: int, token: str) -> Ear:
    """A socket that is acknowledged, and has heard nothing else."""
    head = (
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_connection(lambda: Ear(head.encode()), "127.0.0.1", port)
    await ear.hears(0)
    ear.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    await ear.hears(1)
    ear.heard.clear()
    return ear


async def following(ear: Ear, document: str, order_id: str) -> None:
    """Subscribe, and hear the present state."""
    payload = {"query": document, "variables": {"id": order_id}}
    ear.say({"type": "subscribe", "id": "1", "payload": payload})
    await ear.hears(1)
    assert orjson.loads(ear.heard[0][1])["type"] == "next", ear.heard
    ear.heard.clear()
