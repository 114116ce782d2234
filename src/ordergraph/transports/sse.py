"""graphql-sse: any operation as server-sent events, one request for each ("distinct connections").

It has a path of its own; at /graphql it answers those alone who take nothing else, since clients
whose Accept merely mentions text/event-stream, as urql's does, would get streams for plain queries.
"""

from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types.graphql import OperationType

from ordergraph.transports.answers import declined
from ordergraph.transports.front import ALL, READS, SUBSCRIPTIONS, Front, mutation_by_get
from ordergraph.transports.heads import Asking
from ordergraph.transports.media import EVENTS, Taken
from ordergraph.transports.operation import Declined, WrongMethod
from ordergraph.transports.requests import NotAcceptable, asked, visitor
from ordergraph.transports.streams import Stream

METHODS: Final = {"GET": READS | SUBSCRIPTIONS, "POST": ALL}
ALLOWED: Final = {"allow": "GET, POST, OPTIONS"}


class Events:
    """The protocol's events; a comment keeps the line warm."""

    content_type = f"{EVENTS}; charset=utf-8"
    beat_s = 12.0
    opening = beat = b":\n\n"
    closing = b"event: complete\ndata:\n\n"

    def result(self, answer: bytes) -> bytes:
        return b"event: next\ndata: %b\n\n" % answer

    def fault(self, errors: list[Any]) -> bytes:
        return self.result(orjson.dumps({"errors": errors}))


class EventDoor:
    """Answers the requests of one path, for those who take such answers."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, takes: Taken, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._response(Asking(scope, receive), takes)
        except Declined as no:
            response = declined(no)
        await response(scope, receive, send)

    async def _response(self, request: Request, takes: Taken) -> ASGIApp:
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=ALLOWED)
        kinds = METHODS.get(request.method)
        if kinds is None:
            raise WrongMethod("Each operation is one request, by GET or POST.", ALLOWED)
        if not takes.events:
            raise NotAcceptable(f"Answers are {EVENTS}; for JSON there is /graphql.")
        context = await visitor(self._front, request)
        operation = await asked(self._front, request)
        if request.method == "GET":
            operation = await self._front.opened(operation, context)
            if operation.kind is OperationType.MUTATION:
                await self._front.admitted(operation, context)
                raise mutation_by_get()
        return Stream(self._front, operation, context, Events(), kinds)
