"""The handshake: who may open a socket, and what every one of them ends with."""

from http import HTTPStatus
from traceback import clear_frames
from typing import Final

import structlog
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from ordergraph.api.context import Context
from ordergraph.transports.answers import failure
from ordergraph.transports.envelope import SAID
from ordergraph.transports.front import Front
from ordergraph.transports.places import NoPlace
from ordergraph.transports.requests import address_of
from ordergraph.transports.sockets.closing import (
    FORBIDDEN,
    NO_PLACE,
    NOT_OURS,
    OURS,
    Closed,
    Closing,
)
from ordergraph.transports.sockets.conversation import Conversation
from ordergraph.transports.sockets.line import Line

PROTOCOL: Final = "graphql-transport-ws"

log = structlog.get_logger(__name__)


class SocketDoor:
    """An ASGI application for the sockets of one path."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        if not self._front.origins.admits(socket.headers):  # only browsers send an Origin
            said = "Pages of another origin may not open a socket here."
            await _turn_away(socket, HTTPStatus.FORBIDDEN, "FORBIDDEN", said)
            return
        spoken = PROTOCOL if PROTOCOL in scope["subprotocols"] else None
        await socket.accept(spoken)
        line = Line(socket, self._front.sockets)
        ending = await self._talk(socket, line) if spoken else NOT_OURS
        if ending is not None:
            await line.close(ending)

    async def _talk(self, socket: WebSocket, line: Line) -> Closing | None:
        """Hold the conversation; return what to close with, None when the client has gone."""
        if len(socket.headers.getlist("authorization")) > 1:
            return FORBIDDEN
        ending: Closing | None = None
        try:
            async with self._front.places.take(None, address_of(socket)) as place:
                await Conversation(self._front, line, self._context(socket), place).hold()
        except* Closed as ends:
            ending = _first(ends)
            _let_go(ends)
        except* NoPlace:
            ending = NO_PLACE
        except* Exception:  # the outermost edge: the client is told that it is ours, the log knows
            log.exception("unexpected")
            ending = OURS
        return ending

    def _context(self, socket: WebSocket) -> Context:
        context = self._front.context(socket.headers)
        context.handshake = dict(socket.headers)
        context.address = address_of(socket)
        return context


def _first(ends: BaseExceptionGroup[Closed]) -> Closing | None:
    """Of several ends at once one is said."""
    first = ends.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first.closing


def _let_go(ends: BaseException) -> None:
    """An end is no fault, and nobody asks for its traceback; that would hold all that the socket had,
    and be held by it, until garbage is looked for: a thousand sockets that closed would stay in memory.
    """
    clear_frames(ends.__traceback__)
    for end in ends.exceptions if isinstance(ends, BaseExceptionGroup) else ():
        _let_go(end)


async def nowhere(socket: WebSocket) -> None:
    """Where there is no door for sockets."""
    code, said = SAID[HTTPStatus.NOT_FOUND]
    await _turn_away(socket, HTTPStatus.NOT_FOUND, code, said)


async def _turn_away(socket: WebSocket, status: HTTPStatus, code: str, said: str) -> None:
    await socket.receive()
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(failure(status, said, {"code": code}))
    else:
        await socket.close()
