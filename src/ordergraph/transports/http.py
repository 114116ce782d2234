"""GraphQL over HTTP: one request, one operation, one JSON answer."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ordergraph.transports.answers import answer, declined
from ordergraph.transports.front import ONCE, READS, Front, Kinds
from ordergraph.transports.media import JSON, chosen, ranges
from ordergraph.transports.operation import BadRequest, Declined, WrongMethod
from ordergraph.transports.requests import asked, visitor

METHODS: Final = {"GET": READS, "HEAD": READS, "POST": ONCE}
ALLOWED: Final = {"allow": "GET, HEAD, POST, OPTIONS"}


class NotAcceptable(BadRequest):
    """The client takes no JSON."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "NOT_ACCEPTABLE"


class HttpDoor:
    """An ASGI application for the HTTP requests of one path."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        media = chosen(ranges(request.headers.getlist("accept")))
        try:
            response = await self._response(request, media)
        except Declined as no:
            response = declined(no, media or JSON)
        await response(scope, receive, send)

    async def _response(self, request: Request, media: str | None) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=ALLOWED)
        kinds = _kinds(request.method)
        if media is None:
            raise NotAcceptable(
                "Answers are application/graphql-response+json or application/json;"
                " streams of events are at /graphql/stream."
            )
        context = await visitor(self._front, request)
        operation = await asked(request, self._front.body_limit)
        return answer(await self._front.run(operation, context, kinds), media)


def _kinds(method: str) -> Kinds:
    kinds = METHODS.get(method)
    if kinds is None:
        raise WrongMethod("GraphQL is served over GET and POST.", ALLOWED)
    return kinds
