"""What every HTTP answer of the process has in common, whichever route made it, or none."""

from http import HTTPStatus
from typing import Final
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ordergraph.api.faults import UNEXPECTED
from ordergraph.transports.answers import NOT_STORED, failure

GUARDS: Final = {
    **NOT_STORED,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On whatever a route has not marked otherwise itself."""
RAW_GUARDS: Final = tuple((name.encode(), value.encode()) for name, value in GUARDS.items())

SAID: Final = {
    HTTPStatus.NOT_FOUND: ("NOT_FOUND", "There is nothing at this path."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "METHOD_NOT_ALLOWED",
        "This path is not served by this method.",
    ),
}

log = structlog.get_logger(__name__)


class Envelope:
    """The outermost ASGI application: it guards every answer, and masks what nobody expected."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _guard(message)
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as problem:  # noqa: BLE001  (one of the two outermost edges)
            response = _masked(problem)
            if not begun:
                await response(scope, receive, guarded)


def _guard(message: Message) -> None:
    named = dict(message["headers"])
    missing = [guard for guard in RAW_GUARDS if guard[0] not in named]
    message["headers"] = [*message["headers"], *missing]


def _masked(problem: Exception) -> Response:
    fault_id = uuid4().hex
    log.error("unexpected", fault_id=fault_id, exc_info=problem)
    return failure(
        HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED, {"code": "INTERNAL", "id": fault_id}
    )


async def no_route(_: Request, problem: Exception) -> Response:
    """What the router found nothing for, as the JSON that everything else answers with."""
    assert isinstance(problem, HTTPException)
    code, message = SAID.get(HTTPStatus(problem.status_code), ("BAD_REQUEST", problem.detail))
    return failure(problem.status_code, message, {"code": code}, problem.headers)
