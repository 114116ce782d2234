"""How uvicorn speaks WebSocket for us: nothing that a client does or omits piles up, or ends unsaid."""

import resource
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import StatusLike

from ordergraph.infra.refusing import HEADERS, refusal

FAREWELL_S: Final = 3.0
"""How long we wait for the other side to hang up, once we have said why we do."""
MOST_FRAGMENTS: Final = 1024
MOST_FILES: Final = 65_536
AT_ONCE: Final = "ordergraph.at_once"
"""The extension of the scope by which an application sends without waiting."""
REFUSED: Final = {
    HTTPStatus.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    HTTPStatus.REQUEST_URI_TOO_LONG: "PAYLOAD_TOO_LARGE",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "PAYLOAD_TOO_LARGE",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL",
}
"""The codes of handshakes that are refused; of any other it is BAD_REQUEST."""
UNHEARD: Final = "This is no handshake: a GET without a body opens a socket."
GHOST: Final = (1001, "No answer to a ping")
"""Clients of graphql-ws connect again after 1001, not after the 1011 that uvicorn says."""


class Handshakes(ServerProtocol):
    """The library's own; what it would refuse in plain text is refused in JSON."""

    def reject(self, status: StatusLike, text: str) -> Response:
        response = super().reject(status, text)
        if text:  # an application that only closes says nothing
            code = REFUSED.get(HTTPStatus(status), "BAD_REQUEST")
            response.body = refusal(code, text.strip())
            del response.headers["Content-Type"], response.headers["Content-Length"]
            response.headers.update(HEADERS | {"Content-Length": str(len(response.body))})
        return response


class Wire(WebSocketsSansIOProtocol):
    """uvicorn's own, mended where a client could make it wait, keep, or break off without a code."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conn.__class__ = Handshakes  # one of our own beside it would linger as garbage

    def data_received(self, data: bytes) -> None:
        if self.close_sent and self.conn.parser_exc is not None:
            return  # what comes after a broken frame is read, so that our farewell is, and dropped
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()

    def _refuse_handshake(self) -> None:
        """Headers that are too long, or too many, for which uvicorn would leave the client waiting; or a
        request with a body, and others to which the library says nothing.
        """
        self.handshake_complete = self.close_sent = True
        said = b"".join(self.conn.data_to_send())
        said = said or self.conn.reject(HTTPStatus.BAD_REQUEST, UNHEARD).serialize()
        self.transport.write(said)
        self.transport.close()

    def handle_ping(self) -> None:
        """Who does not read what was said gets no pongs on top (RFC 6455, 5.5.3, allows it)."""
        pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(pong)

    def handle_cont(self, event: Frame) -> None:
        """A message's bytes are bounded by ws_max_size; the number of its pieces is here."""
        if self.close_sent:
            return
        if len(self.frames) < MOST_FRAGMENTS:
            super().handle_cont(event)
        else:
            self.conn.fail(1009, "too many fragments")
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """A text that is no UTF-8 goes on as what it is, bytes, for the application to refuse."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Say the code, and keep reading: closing at once would reset the line, and lose the code."""
        said = self.conn.close_sent
        assert said is not None, "a parser that gives up says why"
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": said.code, "reason": said.reason}
        )
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self._hang_up_later()

    def keepalive_timeout(self) -> None:
        """A ghost: nobody will read why, but whoever only was deaf for a while may."""
        self.pong_timer = self.pending_ping_payload = None
        if not self.close_sent and not self.transport.is_closing():
            self.conn.fail(*GHOST)
            self.handle_parser_exception()

    async def send(self, message: Any) -> None:
        """A close never waits for a client that does not read: then it would never be closed."""
        closes = message["type"] == "websocket.close"
        if closes:
            self.writable.set()
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = (
                True  # by a refusal, too, for which uvicorn would log an error
            )
        if closes and self.close_timer is not None:
            self._hang_up_later()

    def say_at_once(self, text: bytes) -> bool:
        """Send a text, unless the client is behind or gone; nobody waits for either."""
        behind = self.disconnected or self.close_sent or not self.writable.is_set()
        if behind or self.conn.state is not State.OPEN:
            return False
        self.transport.write(head_of(len(text)) + text)
        return True

    async def run_asgi(self) -> None:
        extensions: Any = self.scope["extensions"]
        extensions[AT_ONCE] = self.say_at_once
        await super().run_asgi()
        del extensions[AT_ONCE]  # it holds us, and we hold it
        if self.close_timer is None and not self.disconnected:
            self._hang_up_later()  # what waits to be read may never be

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is read: the library's parser, which waits for more, lets go of all it holds."""
        super().connection_lost(exc)
        self.conn.parser.close()

    def _hang_up_later(self) -> None:
        """Give the other side a moment to hang up first; what it has not read by then is dropped."""
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(FAREWELL_S, self.transport.abort)


def head_of(size: int) -> bytes:
    """What a whole text's frame begins with (RFC 6455, 5.2): a server masks nothing, and we have no
    extensions; so nothing is left to do for the library, which takes five times as long for it.
    """
    if size < 126:
        return bytes((0x81, size))
    return b"\x81\x7e" + size.to_bytes(2) if size < 65_536 else b"\x81\x7f" + size.to_bytes(8)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def websockets(*, message_bytes: int, ping_s: float) -> dict[str, Any]:
    """What uvicorn.run is told about WebSockets."""
    return {
        "ws": Wire,
        "ws_max_size": message_bytes,
        "ws_ping_interval": ping_s,
        "ws_ping_timeout": ping_s,
        "ws_per_message_deflate": False,
    }


def many_open_files() -> None:
    """Each line is an open file, and many systems allow 1,024 of them to who does not ask for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
