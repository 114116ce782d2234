"""Where every request gets its id, and leaves its line in the log: method, route, status, time.

Nothing of what a client wrote is in the line. Its path may hold a secret, so it is told by the
route that it fell to.
"""

import asyncio
import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ordergraph.infra import tracing
from ordergraph.infra.correlation import HEADER, fitting, on_behalf_of
from ordergraph.infra.counters import SOCKETS, requests_of
from ordergraph.infra.ending import TOLD

METHODS: Final = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "PATCH", "DELETE"})
ROUTES: Final = frozenset({"graphql", "graphiql", "webhooks", "files", "packs", "documents", "dev"})
QUIET: Final = frozenset({"livez", "readyz", "metrics", "static"})
"""What machines ask every few seconds."""
TOLD_APART: Final = ROUTES | QUIET
STARTS: Final = frozenset(
    {"http.response.start", "websocket.accept", "websocket.http.response.start"}
)
STREAMS: Final = (b"text/event-stream", b"multipart/mixed")
RAW_HEADER: Final = HEADER.encode()
SERVER_ERROR: Final = 500

log = structlog.get_logger(__name__)


class Entrance:
    """An ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        visit = Visit(scope, receive, send)
        if tracing.is_on():
            tracing.adopt(header(scope, tracing.HEADER))
        with on_behalf_of(visit.request_id):
            try:
                await self._app(scope, visit.receive, visit.send)
            finally:
                visit.leave()


class Visit:
    """One request, or one socket, from its arrival to its end."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.request_id = fitting(header(scope, HEADER))
        self._scope, self._receive, self._send = scope, receive, send
        self._began = time.perf_counter()
        self._is_open = self._streams = False
        self._status = 0
        """What HTTP answered, or with what code a socket was closed; 0: it broke off."""

    async def receive(self) -> Message:
        message = await self._next()
        if message["type"] == "websocket.disconnect" and not self._status:
            self._status = message.get("code") or 1006
        return message

    async def _next(self) -> Message:
        """A stream is told that its reader is gone when the server is about to be: it has no end."""
        if not self._streams:
            return await self._receive()
        came, told = asyncio.ensure_future(self._receive()), asyncio.create_task(TOLD.wait())
        try:
            await asyncio.wait({came, told}, return_when=asyncio.FIRST_COMPLETED)
            return came.result() if came.done() else {"type": "http.disconnect"}
        finally:
            came.cancel()
            told.cancel()

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind in STARTS:
            self._start(message, kind)
        elif kind == "websocket.close":
            self._status = message.get("code", 1000)
        await self._send(message)

    def _start(self, message: Message, kind: str) -> None:
        others = [each for each in message.get("headers", ()) if each[0] != RAW_HEADER]
        message["headers"] = [*others, (RAW_HEADER, self.request_id.encode())]
        if kind == "websocket.accept":
            self._is_open = True
            SOCKETS.inc()
        else:
            self._status = int(message["status"])  # an HTTPStatus is logged by its name
            self._streams = dict(others).get(b"content-type", b"").startswith(STREAMS)

    def leave(self) -> None:
        """Count it, and write the line."""
        if self._is_open:
            SOCKETS.dec()
        route, method = _route(self._scope["path"]), _method(self._scope)
        requests_of(route, method, str(self._status)).inc()
        say = log.debug if route in QUIET and self._status < SERVER_ERROR else log.info
        say(
            "socket" if self._scope["type"] == "websocket" else "request",
            method=method,
            route=route,
            status=self._status,
            ms=round((time.perf_counter() - self._began) * 1000, 1),
        )


def header(scope: Scope, name: str) -> str | None:
    """The first header of this name, in small letters."""
    raw = name.encode()
    for each, value in scope["headers"]:
        if each == raw:
            found: str = value.decode("latin-1")
            return found
    return None


def _route(path: str) -> str:
    first = path.strip("/").partition("/")[0]
    return first if first in TOLD_APART else "other"


def _method(scope: Scope) -> str:
    given: str = scope.get("method", "GET")
    return given if given in METHODS else "other"
