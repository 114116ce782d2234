"""The line of one socket: texts in, messages out, each within its time."""

import asyncio
from typing import Any, Final

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from ordergraph.infra.wire import AT_ONCE
from ordergraph.transports.sockets.closing import TOO_BIG, TOO_SLOW, Closed, Closing
from ordergraph.transports.sockets.limits import SocketLimits

CUT: Final = (WebSocketDisconnect, WebSocketDisconnected)
"""How Starlette says that nobody is there any more."""


class Line:
    """Whoever writes waits until the client has read most of what came before: nothing piles up."""

    def __init__(self, socket: WebSocket, limits: SocketLimits) -> None:
        self._socket, self.limits = socket, limits
        self._at_once = socket.scope.get("extensions", {}).get(AT_ONCE)

    async def hear(self) -> str | None:
        """The next frame's text, None for a frame of bytes; raises Closed when the client has gone."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise Closed(None)
        text: str | None = event.get("text")
        if text is not None and len(text) > self.limits.message_bytes:
            raise Closed(TOO_BIG)
        return text

    async def say(self, kind: str, **members: Any) -> None:
        """Send a message; raises Closed when the client has gone, or does not read."""
        await self.send(orjson.dumps({"type": kind, **members}))

    def send_at_once(self, text: bytes) -> bool:
        """Send it if the client has read most of what came before; say whether it was sent."""
        return self._at_once is not None and self._at_once(text)

    async def send(self, text: bytes) -> None:
        """Send a text when the client has read; raises Closed."""
        if self.send_at_once(text):
            return
        try:
            async with asyncio.timeout(self.limits.write_s):
                await self._socket.send_text(text.decode())
        except TimeoutError:
            raise Closed(TOO_SLOW) from None
        except CUT:
            raise Closed(None) from None

    async def close(self, closing: Closing) -> None:
        """Say why we hang up, if anybody still listens."""
        code, reason = closing.fitting()
        try:
            async with asyncio.timeout(self.limits.write_s):
                await self._socket.close(code, reason)
        except (*CUT, TimeoutError):
            return
