"""The GraphQL endpoint over HTTP and WebSocket."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.schema.base import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET

from ordergraph.api.context import Context, Desk
from ordergraph.api.idempotency import KEY_HEADER
from ordergraph.api.identity import BadToken, Identity, Tokens
from ordergraph.kernel.language import preferred

INIT_WITHIN: Final = timedelta(seconds=10)


class Endpoint(GraphQL[Context, None]):
    """Strawberry's view, with our identity and JSON errors throughout."""

    def __init__(self, schema: BaseSchema, desk: Desk, tokens: Tokens) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_WITHIN,
        )
        self._desk = desk
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive=receive))
        except BadToken as problem:
            response = failure(HTTPStatus.UNAUTHORIZED, f"Bad token: {problem}.", "UNAUTHENTICATED")
            response.headers["www-authenticate"] = 'Bearer error="invalid_token"'
        except HTTPException as problem:
            response = failure(problem.status_code, problem.reason, "BAD_REQUEST")
        await response(scope, receive, send)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """A token that is there must be good: a bad one is refused, not taken for nobody's."""
        context = Context(
            desk=self._desk,
            language=preferred(request.headers.get("accept-language", "")),
            request_id=_request_id(request.headers),
        )
        if isinstance(response, Response):
            response.headers["cache-control"] = "no-store"
            context.identity = self._identity(request.headers)
            given = request.headers.getlist(KEY_HEADER)
            context.idempotency_key = ", ".join(given) if given else None
        else:  # a socket is refused in on_ws_connect, with a close code that clients understand
            context.handshake = dict(request.headers)
        return context

    async def on_ws_connect(self, context: Context) -> Any:
        """Sockets bring their token in connection_init; browsers cannot send headers."""
        params = {str(k).lower(): v for k, v in (context.connection_params or {}).items()}
        given = context.handshake | params
        try:
            context.identity = self._identity(given)
        except BadToken as problem:
            raise ConnectionRejectionError({"message": str(problem)}) from None
        language = given.get("acceptlanguage") or given.get("accept-language")
        if isinstance(language, str):
            context.language = preferred(language)
        return UNSET

    def _identity(self, given: Mapping[str, object]) -> Identity | None:
        header = given.get("authorization")
        if header is None:
            return None
        if not isinstance(header, str):
            raise BadToken("Authorization is no text")
        return self._tokens.from_header(header)

    def encode_json(self, data: object) -> str:
        """Text, not bytes: the same encoder writes WebSocket frames."""
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)


def _request_id(headers: Mapping[str, str]) -> str:
    given = headers.get("x-request-id", "")
    return (
        given if 0 < len(given) <= 64 and given.isascii() and given.isprintable() else uuid4().hex
    )


def failure(status: int, message: str, code: str) -> Response:
    """A request that never became an operation: still GraphQL's JSON."""
    body: dict[str, Any] = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
