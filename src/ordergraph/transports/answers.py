"""What goes out over HTTP: results and failures as GraphQL's JSON, with the statuses of the spec."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.responses import Response
from strawberry.http import process_result
from strawberry.types import ExecutionResult

from ordergraph.api.documents.limits import LimitExceeded
from ordergraph.infra.counters import ERRORS
from ordergraph.transports.media import JSON, RESPONSE
from ordergraph.transports.operation import Declined

MOST_BYTES: Final = 16_000_000
"""How long an answer may be. Documents are measured by their fields, and a field may be a text of 16 KB, told
as often as it is asked for; and what the reader has not taken yet is kept.
"""
NOT_STORED: Final = {"cache-control": "no-store"}


def failure(
    status: int,
    message: str,
    extensions: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    media: str = JSON,
) -> Response:
    """A request that never became an operation: still GraphQL's JSON."""
    ERRORS.labels(extensions.get("code", "UNKNOWN")).inc()
    body = {"errors": [{"message": message, "extensions": dict(extensions)}]}
    return _json(body, status, media, headers)


def declined(no: Declined, media: str = JSON) -> Response:
    return failure(no.status, no.message, no.extensions or {}, no.headers, media)


def answer(result: ExecutionResult, media: str) -> Response:
    """What an operation came to. A client that takes application/graphql-response+json sees by the
    status whether anything was executed; one of old gets 200 for whatever could be read.
    """
    if media == RESPONSE and nothing_ran(result):
        shown: Any = process_result(result)
        del shown["data"]
        return _json(shown, _status(result), media)
    return Answer(written(result), media)


def written(result: ExecutionResult) -> bytes:
    """A result as JSON; instead of one that is too long the error that says so."""
    told = orjson.dumps(process_result(result))
    if len(told) <= MOST_BYTES:
        return told
    too_long = LimitExceeded("bytes", MOST_BYTES, len(told))
    return orjson.dumps(process_result(ExecutionResult(data=None, errors=[too_long])))


class Answer(Response):
    """An operation's JSON: the one answer whose headers are the same each time."""

    def __init__(self, body: bytes, media: str) -> None:
        self.status_code, self.body, self.background = HTTPStatus.OK, body, None
        self.raw_headers = [*ALIKE[media], (b"content-length", b"%d" % len(body))]


def nothing_ran(result: ExecutionResult) -> bool:
    """Whether these are errors of the request: what runs and fails says at which path."""
    errors = result.errors or []
    return result.data is None and bool(errors) and not any(error.path for error in errors)


def _status(result: ExecutionResult) -> HTTPStatus:
    codes = {(error.extensions or {}).get("code") for error in result.errors or []}
    return HTTPStatus.INTERNAL_SERVER_ERROR if "INTERNAL" in codes else HTTPStatus.BAD_REQUEST


def _json(
    body: object, status: int, media: str, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        orjson.dumps(body),
        status_code=status,
        headers={**NOT_STORED, "content-type": _content_type(media), **(headers or {})},
    )


def _content_type(media: str) -> str:
    """The newer type asks for its charset to be said."""
    return f"{media}; charset=utf-8" if media == RESPONSE else media


ALIKE: Final = {
    media: Response(headers={**NOT_STORED, "content-type": _content_type(media)}).raw_headers[:-1]
    for media in (JSON, RESPONSE)
}
"""An answer's headers but for its length, by its media type."""
