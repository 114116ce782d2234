"""A bucket that speaks S3 as far as we use it, strictly: each signature is computed again by botocore."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEYS = Credentials("AKIAOFNOBODY", "a secret of nobody")
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass
class Bucket:
    """What it holds, by path: type and bytes. `broken` answers 503 to all.

    `listed`: whether the role may list it. Who may not is told of no key that it is not there: as
    Amazon's documentation of GetObject says, the answer is 403 then.
    """

    held: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    broken: bool = False
    listed: bool = True

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/bucket/{key:path}", self.answer, methods=["GET", "PUT", "DELETE"])]
        )

    async def answer(self, request: Request) -> Response:
        if self.broken:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        if not _is_signed(request):
            return Response("<Code>SignatureDoesNotMatch</Code>", HTTPStatus.FORBIDDEN)
        if request.method == "PUT":
            return await self._put(request)
        if request.method == "DELETE":
            self.held.pop(request.path_params["key"], None)
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return self._get(request)

    async def _put(self, request: Request) -> Response:
        key, body = request.path_params["key"], await request.body()
        if request.headers.get("if-none-match") == "*" and key in self.held:
            return Response(status_code=HTTPStatus.PRECONDITION_FAILED)
        self.held[key] = (request.headers["content-type"], body)
        return Response()

    def _get(self, request: Request) -> Response:
        found = self.held.get(request.path_params["key"])
        if found is None and not self.listed:
            return Response("<Code>AccessDenied</Code>", HTTPStatus.FORBIDDEN)
        if found is None:
            return Response("<Code>NoSuchKey</Code>", HTTPStatus.NOT_FOUND)
        query = request.query_params
        manner = query.get("response-content-disposition", "")
        return Response(
            found[1],
            media_type=query.get("response-content-type", found[0]),
            headers={"content-disposition": manner} if manner else None,
        )


def _is_signed(request: Request) -> bool:
    """SigV4 in the query: not out of date, and over exactly these headers, path and parameters."""
    query = dict(request.query_params)
    given, stamp = query.pop("X-Amz-Signature", ""), query.get("X-Amz-Date", "")
    seconds, names = query.get("X-Amz-Expires", ""), query.get("X-Amz-SignedHeaders", "")
    if not (given and stamp and seconds.isdigit()):
        return False
    at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    if not at <= datetime.now(UTC) + timedelta(minutes=5) or datetime.now(UTC) > at + timedelta(
        seconds=int(seconds)
    ):
        return False
    own = {name: text for name, text in query.items() if not name.startswith("X-Amz-")}
    headers = {n: request.headers.get(n, "") for n in names.split(";") if n != "host"}
    url = f"{request.url.scheme}://{request.headers['host']}{request.scope['raw_path'].decode()}"
    again: Any = AWSRequest(request.method, url, headers=headers, params=own)
    with patch.object(auth, "get_current_datetime", lambda **_: at.replace(tzinfo=None)):
        auth.S3SigV4QueryAuth(KEYS, "s3", "eu-test-1", expires=int(seconds)).add_auth(again)
    return f"X-Amz-Signature={given}" in again.url
