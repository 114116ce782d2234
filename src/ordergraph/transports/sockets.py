"""GraphQL over WebSocket: the protocol graphql-transport-ws, and no other."""

from datetime import timedelta
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET

from ordergraph.api.context import Context
from ordergraph.api.identity import BadToken
from ordergraph.kernel.language import preferred
from ordergraph.transports.front import Front

INIT_WITHIN: Final = timedelta(seconds=10)


class SocketDoor(GraphQL[Context, None]):
    """An ASGI application for the sockets of one path."""

    def __init__(self, front: Front) -> None:
        super().__init__(
            front.schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_WITHIN,
        )
        self._front = front

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002  (Strawberry's signature)
    ) -> Context:
        context = self._front.context(request.headers)
        context.handshake = dict(request.headers)
        return context

    async def on_ws_connect(self, context: Context) -> Any:
        """Sockets bring their token in connection_init; browsers cannot send headers."""
        params = {str(k).lower(): v for k, v in (context.connection_params or {}).items()}
        given = context.handshake | params
        try:
            context.identity = await self._front.identity(given.get("authorization"))
        except BadToken as problem:
            raise ConnectionRejectionError({"message": str(problem)}) from None
        language = given.get("acceptlanguage") or given.get("accept-language")
        if isinstance(language, str):
            context.language = preferred(language)
        return UNSET

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)
