"""The GraphQL endpoint: one path, a door for each transport, one front behind all of them."""

from starlette.types import Receive, Scope, Send

from ordergraph.transports.front import Front
from ordergraph.transports.http import HttpDoor
from ordergraph.transports.sockets.door import SocketDoor


class Endpoint:
    """An ASGI application."""

    def __init__(self, front: Front) -> None:
        self._http, self._sockets = HttpDoor(front), SocketDoor(front)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._http if scope["type"] == "http" else self._sockets
        await door(scope, receive, send)
