"""How uvicorn speaks HTTP for us: the head of a request has a bound, in size and in time.

Without one a single client could send a header that never ends, and the parser, which copies what it
has with each piece, would keep the loop from everybody else.
"""

import asyncio
import os
import socket
from http import HTTPStatus
from typing import Final

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ordergraph.infra.refusing import HEADERS, refusal

HEAD_BYTES: Final = 160_000
"""Room for a query string as long as a body may be."""
HEAD_WITHIN_S: Final = 20.0
GHOST_MS: Final = 30_000
"""How long what was written may wait for the other side; then the kernel ends the line (Linux has that)."""


class HttpLine(HttpToolsProtocol):
    """uvicorn's own; what it would refuse in plain text is refused in JSON."""

    patience: asyncio.TimerHandle | None = None
    """Runs while a head is waited for; one that comes in a piece needs none."""
    in_head: bool = True
    unfinished: int = 0
    """Bytes of a head that is not complete."""
    begun: RequestResponseCycle | None = None
    """The request whose turn it is; uvicorn's `cycle` is the one that came last, which may wait behind it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        _give_up_on_ghosts(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """What waits for its turn is not begun; what is under way is told that its client is gone."""
        self._have_head()
        self.pipeline.clear()
        if self.begun is not None:
            self.cycle = self.begun  # uvicorn tells that one, and no other
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.in_head:
            return
        self._wait_for_head()
        self.unfinished += len(data)
        if self.unfinished > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                f"A request's head has {HEAD_BYTES} bytes at most.",
            )

    def handle_websocket_upgrade(self) -> None:
        """The parser has done its work; it and we would keep each other until garbage is looked for."""
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # as uvicorn does at the end of a line

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_head = True

    def on_headers_complete(self) -> None:
        self._have_head()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.begun = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", msg)

    def _wait_for_head(self) -> None:
        if self.patience is None:
            self.patience = self.loop.call_later(HEAD_WITHIN_S, self._lose_patience)

    def _have_head(self) -> None:
        self.in_head, self.unfinished = False, 0
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def _lose_patience(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "No request came.")

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        body = refusal(code, message)
        headers = HEADERS | {"content-length": str(len(body)), "connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{lines}\r\n"
        self._have_head()
        self.transport.write(head.encode() + body)
        self.transport.close()


def _give_up_on_ghosts(transport: asyncio.Transport) -> None:
    """A line that is closed while its reader takes nothing would stay open for ever."""
    line = transport.get_extra_info("socket")
    if line is None or not hasattr(socket, "TCP_USER_TIMEOUT") or line.family == socket.AF_UNIX:
        return
    with socket.socket(fileno=os.dup(line.fileno())) as same:  # uvloop's own cannot be told
        same.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GHOST_MS)
