"""The GraphQL endpoint: two paths, a door for each transport, one front behind all of them."""

from typing import Final

from starlette.types import Receive, Scope, Send

from ordergraph.transports.front import Front
from ordergraph.transports.http import HttpDoor
from ordergraph.transports.media import accepts, taken
from ordergraph.transports.sockets.door import SocketDoor
from ordergraph.transports.sse import EventDoor

PATH: Final = "/graphql"
STREAM_PATH: Final = "/graphql/stream"


class Endpoint:
    """An ASGI application."""

    def __init__(self, front: Front) -> None:
        self._http, self._sockets = HttpDoor(front), SocketDoor(front)
        self._events = EventDoor(front)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        takes = taken(accepts(scope))
        if takes.events_alone or scope["path"].endswith(STREAM_PATH):
            await self._events(takes, scope, receive, send)
        else:
            await self._http(takes, scope, receive, send)
