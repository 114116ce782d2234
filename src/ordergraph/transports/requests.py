"""Reading one HTTP request: who asks, and for what; for every door that speaks HTTP."""

import asyncio
import contextlib
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection, Request

from ordergraph.api.context import Context
from ordergraph.api.idempotency import KEY_HEADER
from ordergraph.api.ready import NotReady, at_once
from ordergraph.identity.claims import BadToken
from ordergraph.infra.loopback import is_loopback
from ordergraph.transports.front import Front
from ordergraph.transports.media import is_json
from ordergraph.transports.operation import BadRequest, Declined, Operation, read
from ordergraph.transports.texts import Unread, from_json

BODY_WITHIN_S: Final = 20.0
"""How long a body may take to come."""
LINGER_S: Final = 1.0
LINGER_BYTES: Final = 10_000_000
"""How much more of a body that is too large is thrown away, so that its sender gets an answer."""
ENDED: Final = {"connection": "close"}
PROXIED: Final = {"forwarded", "x-forwarded-for"}
SITE: Final = 64
"""Bits of an IPv6 address that tell whose network it is of."""
NETWORKS: Final = 10_000
"""Whose names are remembered."""


class BadAuthorization(Declined):
    """A token that is there must be good."""

    status = HTTPStatus.UNAUTHORIZED
    code = "UNAUTHENTICATED"

    def __init__(self, message: str) -> None:
        super().__init__(message, {"www-authenticate": 'Bearer error="invalid_token"'})


class NotAcceptable(BadRequest):
    """The client takes nothing that is answered here."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "NOT_ACCEPTABLE"


class WrongContent(BadRequest):
    """A body that is not application/json: other kinds can be sent by any page on the Web."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "UNSUPPORTED_MEDIA_TYPE"


class TooLarge(BadRequest):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "PAYLOAD_TOO_LARGE"


class TooLong(TooLarge):
    """A query string as large as no body may be."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG


class TooSlow(BadRequest):
    status = HTTPStatus.REQUEST_TIMEOUT
    code = "REQUEST_TIMEOUT"


async def visitor(front: Front, request: Request) -> Context:
    """Who asks; raises BadAuthorization for a token that is not good, or for two."""
    context = front.context(request.headers)
    context.address = address_of(request)
    given = request.headers.getlist("authorization")
    if len(given) > 1:
        raise BadRequest("There are two Authorization headers.")
    try:
        context.identity = await front.identity(given[0] if given else None)
    except BadToken as problem:
        await front.rates.charge_bad_token(context.address)
        raise BadAuthorization(f"Bad token: {problem}.") from None
    await front.meet(context)
    keys = request.headers.getlist(KEY_HEADER)
    context.idempotency_key = ", ".join(keys) if keys else None
    return context


def address_of(connection: HTTPConnection) -> str:
    """Whence a request or a socket came, as it is counted; nothing for a line within this machine that has
    no address. Of IPv6 it is the network: whoever has one address there has 2^64 of them (RFC 6177).
    """
    host, _ = connection.scope.get("client") or ("", 0)
    return _network(host) if ":" in host else str(host)


def is_from_here(connection: HTTPConnection) -> bool:
    """Whether it came from this machine. What came through a proxy did not, wherever it seems to be from."""
    proxied = PROXIED & set(connection.headers)
    return not proxied and connection.client is not None and is_loopback(connection.client.host)


@lru_cache(maxsize=NETWORKS)
def _network(host: str) -> str:
    try:
        address = IPv6Address(host.partition("%")[0])
    except ValueError:  # a proxy said something else
        return host
    return str(address.ipv4_mapped or IPv6Network((address, SITE), strict=False))


async def asked(front: Front, request: Request) -> Operation:
    """The operation in a request that is not too large; raises Declined."""
    most = front.body_limit
    if request.method == "POST":
        _check_content(request.headers)
        return read(_json(await _body(request, most)))
    front.origins.refuse_foreign(request.headers)
    if len(request.scope["query_string"]) > most:
        raise TooLong(f"At most {most} bytes.")
    return read(_parameters(request))


def _check_content(headers: Headers) -> None:
    given = headers.getlist("content-type")
    if len(given) != 1 or not is_json(given[0]):
        raise WrongContent("The body is sent as application/json.")
    if any(each.lower() != "identity" for each in headers.getlist("content-encoding")):
        raise WrongContent("The body is sent as it is, not compressed.")


async def _body(request: Request, most: int) -> bytes:
    """Read no more than we take, whatever length was announced, or none."""
    body, more, fits = b"", True, not _announces_more(request.headers, most)
    if fits:
        body, more = _at_hand(request)
        if more:
            body, more = await _gathered(request, body, most)
        fits = len(body) <= most
    if fits:
        return body
    if more and "expect" not in request.headers:
        await _discard(request)
    raise TooLarge(f"At most {most} bytes.", ENDED)


def _at_hand(request: Request) -> tuple[bytes, bool]:
    """What has come together with the head, as most bodies do: nobody sets a clock for that."""
    try:
        return at_once(_chunk(request))
    except NotReady:
        return b"", True


async def _gathered(request: Request, begun: bytes, most: int) -> tuple[bytes, bool]:
    """A body that comes piece by piece, up to its end or to where it is too large; raises TooSlow."""
    body, more = bytearray(begun), True
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            while more and len(body) <= most:
                chunk, more = await _chunk(request)
                body += chunk
    except TimeoutError:
        raise TooSlow("The body took too long.", ENDED) from None
    return bytes(body), more


def _announces_more(headers: Headers, most: int) -> bool:
    announced = headers.get("content-length", "")
    return announced.isdecimal() and int(announced[:20]) > most


async def _chunk(request: Request) -> tuple[bytes, bool]:
    """A piece of the body, and whether there is more of it; raises ClientDisconnect."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


async def _discard(request: Request) -> None:
    """Let a client that is still sending come to its end, within reason: it would not hear us else."""
    left, more = LINGER_BYTES, True
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(LINGER_S):
            while more and left >= 0:
                chunk, more = await _chunk(request)
                left -= len(chunk)


def _parameters(request: Request) -> dict[str, Any]:
    """The members of the query string: variables and extensions are JSON inside of it, and an operation's
    name that is empty is none (GraphQL over HTTP, of GET).
    """
    told: dict[str, Any] = {}
    for name, text in request.query_params.multi_items():
        if name in told:
            raise BadRequest("A parameter stands twice in the query string.")
        told[name] = _json(text) if name in {"variables", "extensions"} else text
    told["operationName"] = told.get("operationName") or None
    return told


def _json(text: str | bytes) -> Any:
    try:
        return from_json(text)
    except Unread as what:
        raise BadRequest(f"This is {what}.") from None
