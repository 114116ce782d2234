"""A client of graphql-transport-ws that costs next to nothing, so that a thousand fit beside a server."""

import asyncio
import struct
from collections.abc import Callable
from typing import Any, Final

import orjson

HANDSHAKE: Final = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
END: Final = b"\r\n\r\n"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
NO_MASK: Final = b"\0\0\0\0"
"""A client's frames are masked; by this mask they stay as they are."""

Heard = Callable[[Any], None]


class HungUp(Exception):
    """The server ended a subscription; the message says what it said."""


class Socket(asyncio.Protocol):
    """One connection with one subscription: `heard` gets the data of each result."""

    def __init__(self, token: str, document: str, variables: dict[str, str], heard: Heard) -> None:
        self._init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
        payload = {"query": document, "variables": variables}
        self._subscribe = {"type": "subscribe", "id": "1", "payload": payload}
        self._heard, self._came, self._open = heard, bytearray(), False
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self._open and not self._opened():
            return
        while (frame := self._frame()) is not None:
            self._read(*frame)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.first.done():
            self.first.set_exception(exc or HungUp("before the first result"))

    def close(self) -> None:
        self._transport.abort()

    def _opened(self) -> bool:
        end = self._came.find(END)
        if end < 0:
            return False
        if not self._came.startswith(b"HTTP/1.1 101"):
            raise HungUp(self._came[:500].decode())
        del self._came[: end + len(END)]
        self._open = True
        self._say(self._init)
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame, if it has come."""
        came, at = self._came, 2
        if len(came) < at:
            return None
        length = came[1]
        if length >= 126:
            at = 4 if length == 126 else 10
            if len(came) < at:
                return None
            length = int.from_bytes(came[2:at])
        if len(came) < at + length:
            return None
        kind, payload = came[0] & 0xF, bytes(came[at : at + length])
        del came[: at + length]
        return kind, payload

    def _read(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self._send(PONG, payload)
        elif kind == CLOSE:
            raise HungUp(repr(payload))
        elif kind == TEXT:
            self._understand(orjson.loads(payload))

    def _understand(self, message: Any) -> None:
        kind = message["type"]
        if kind == "next" and "errors" not in message["payload"]:
            self._heard(message["payload"]["data"])
            if not self.first.done():
                self.first.set_result(None)
        elif kind == "connection_ack":
            self._say(self._subscribe)
        elif kind == "ping":
            self._say({"type": "pong"})
        else:
            raise HungUp(repr(message))

    def _say(self, message: Any) -> None:
        self._send(TEXT, orjson.dumps(message))

    def _send(self, kind: int, payload: bytes) -> None:
        length = len(payload)
        long = bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length)
        self._transport.write(bytes([0x80 | kind]) + long + NO_MASK + payload)
