"""GraphQL over HTTP: one request, one operation, one JSON answer."""

from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http import process_result

from ordergraph.api.context import Context
from ordergraph.api.idempotency import KEY_HEADER
from ordergraph.api.identity import BadToken
from ordergraph.transports.answers import NOT_STORED, failure
from ordergraph.transports.front import ONCE, READS, Front
from ordergraph.transports.operation import BadRequest, read

METHODS: Final = {"GET": READS, "POST": ONCE}


class HttpDoor:
    """An ASGI application for the HTTP requests of one path."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        kinds = METHODS.get(request.method)
        if kinds is None:
            allowed = {"allow": ", ".join(METHODS)}
            said = "GraphQL is served over GET and POST."
            return failure(HTTPStatus.METHOD_NOT_ALLOWED, said, "BAD_REQUEST", allowed)
        try:
            context = await self._context(request)
            operation = read(await _body(request))
            result = await self._front.run(operation, context, kinds)
        except BadToken as problem:
            return failure(
                HTTPStatus.UNAUTHORIZED,
                f"Bad token: {problem}.",
                "UNAUTHENTICATED",
                {"www-authenticate": 'Bearer error="invalid_token"'},
            )
        except BadRequest as problem:
            return failure(HTTPStatus.BAD_REQUEST, problem.message, "BAD_REQUEST")
        shown = orjson.dumps(process_result(result))
        return Response(shown, media_type="application/json", headers=NOT_STORED)

    async def _context(self, request: Request) -> Context:
        context = self._front.context(request.headers)
        context.identity = await self._front.identity(request.headers.get("authorization"))
        given = request.headers.getlist(KEY_HEADER)
        context.idempotency_key = ", ".join(given) if given else None
        return context


async def _body(request: Request) -> Any:
    if request.method == "GET":
        return _parameters(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadRequest("The body is sent as application/json.")
    return _json(await request.body())


def _parameters(request: Request) -> dict[str, Any]:
    """The members of the query string: variables and extensions are JSON inside of it."""
    told: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in told:
            told[name] = _json(told[name])
    return told


def _json(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest("This is not JSON.") from None
