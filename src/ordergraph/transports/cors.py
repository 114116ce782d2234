"""What browsers are told when a page of another origin asks: CORS, for the paths that clients use."""

from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ordergraph.transports.answers import failure
from ordergraph.transports.browsers import ANY, UNSIMPLE
from ordergraph.transports.envelope import GUARDS

SHARED: Final = frozenset({"graphql", "files", "packs", "documents"})
"""The first parts of the paths that pages of other origins may use."""
SENT: Final = (
    *UNSIMPLE,
    "apollographql-client-name",
    "apollographql-client-version",
    "last-event-id",
    "x-apollo-operation-id",
    "x-apollo-operation-type",
    "x-request-id",
)
READ: Final = ("retry-after", "www-authenticate", "x-request-id")
VARIES: Final = (b"vary", b"Origin")
OWN: Final = frozenset({"content-length", "content-type"})
REMEMBERED_S: Final = 7200
"""For how long a browser need not ask again; no browser takes more."""


class Cors(CORSMiddleware):
    """An ASGI middleware. Origins are listed; with a star anybody may ask, but without credentials."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "HEAD", "POST", "PUT"),
            allow_headers=SENT,
            allow_credentials=ANY not in origins,
            expose_headers=READ,
            max_age=REMEMBERED_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = scope["type"] == "http" and scope["path"].strip("/").partition("/")[0] in SHARED
        if not shared:
            await self.app(scope, receive, send)
        elif b"origin" in dict(scope["headers"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, partial(_to_no_page, send))

    def preflight_response(self, request_headers: Headers) -> Response:
        asked = super().preflight_response(request_headers)
        told = {name: text for name, text in asked.headers.items() if name not in OWN} | GUARDS
        if asked.status_code == HTTPStatus.OK:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=told)
        return failure(
            HTTPStatus.FORBIDDEN,
            "This origin, method or header is not allowed here.",
            {"code": "CROSS_SITE_REQUEST"},
            told,
        )


async def _to_no_page(send: Send, message: Message) -> None:
    """What names no origin is answered as ever; caches are told that to others it may be otherwise."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], VARIES]
    await send(message)
