"""GraphQL over HTTP: one request, one operation, one JSON answer; or many, where Apollo asks for them."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ordergraph.transports.answers import answer, declined
from ordergraph.transports.front import (
    ONCE,
    READS,
    SUBSCRIPTIONS,
    Front,
    Kinds,
)
from ordergraph.transports.heads import Asking
from ordergraph.transports.media import JSON, Taken
from ordergraph.transports.multipart import Parts
from ordergraph.transports.operation import Declined, WrongMethod
from ordergraph.transports.requests import NotAcceptable, asked, visitor
from ordergraph.transports.streams import Stream

METHODS: Final = {"GET": READS, "HEAD": READS, "POST": ONCE}
ALLOWED: Final = {"allow": "GET, HEAD, POST, OPTIONS"}
ANSWERS: Final = (
    "Answers are application/graphql-response+json or application/json;"
    " streams of events are at /graphql/stream."
)


class HttpDoor:
    """Answers the HTTP requests of one path, for those who take such answers."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, takes: Taken, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._response(Asking(scope, receive), takes)
        except Declined as no:
            response = declined(no, takes.json or JSON)
        await response(scope, receive, send)

    async def _response(self, request: Request, takes: Taken) -> ASGIApp:
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=ALLOWED)
        kinds = _kinds(request.method)
        if takes.json is None and not takes.subscriptions:
            raise NotAcceptable(ANSWERS)
        context = await visitor(self._front, request)
        operation = await asked(self._front, request)
        if takes.subscriptions:
            operation = await self._front.opened(operation, context)
        if operation.kind in SUBSCRIPTIONS:
            return Stream(self._front, operation, context, Parts(), SUBSCRIPTIONS)
        result = await self._front.run(operation, context, kinds, request.receive)
        return answer(result, takes.json or JSON)


def _kinds(method: str) -> Kinds:
    kinds = METHODS.get(method)
    if kinds is None:
        raise WrongMethod("GraphQL is served over GET and POST.", ALLOWED)
    return kinds
