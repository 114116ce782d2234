"""One request to one endpoint: to the address that was checked, no redirect, no more read than is wanted."""

import email.utils
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ssl import SSLContext
from typing import Final

import httpx

from ordergraph.outgoing.addresses import Address, Target

LARGEST_ANSWER: Final = 65_536
"""Bytes; what is longer is cut off, and the connection with it."""
EXCERPT: Final = 500
CONNECT_WITHIN_S: Final = 5.0


class Unreachable(Exception):
    """No connection, one that TLS does not trust, or one that broke: `what` is the kind of problem."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answered."""

    status: int
    excerpt: str
    retry_after: timedelta


class Postman:
    """Posts over connections that are used once.

    A connection that was kept would be found by its address, and lead a second name of that address
    to where the first was trusted. Proxies, cookies and redirects are httpx's client's; there is none.
    """

    def __init__(self, trust: SSLContext | None = None) -> None:
        self._trust = trust
        self._opened: httpx.AsyncHTTPTransport | None = None

    @property
    def _transport(self) -> httpx.AsyncHTTPTransport:
        """Opened late: reading the authorities takes a moment, and most processes send nothing."""
        if self._opened is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
            trust = self._trust or httpx.create_ssl_context()
            self._opened = httpx.AsyncHTTPTransport(verify=trust, trust_env=False, limits=limits)
        return self._opened

    async def post(self, target: Target, headers: dict[str, str], body: str) -> Reply:
        """Try the addresses in turn until one is connected to; raises Unreachable."""
        problem = "NoAddress"
        for address in target.addresses:
            try:
                return await self._post(_request(target, address, headers, body))
            except (httpx.ConnectError, httpx.ConnectTimeout) as unconnected:
                problem = type(unconnected).__name__  # nothing was sent: another one may be tried
            except httpx.HTTPError as broken:
                raise Unreachable(type(broken).__name__) from None
        raise Unreachable(problem)

    async def _post(self, request: httpx.Request) -> Reply:
        response = await self._transport.handle_async_request(request)
        try:
            answer = await _beginning(response)
        finally:
            await response.aclose()
        return Reply(response.status_code, _printable(answer), _wish(response))

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()


def _request(target: Target, address: Address, headers: dict[str, str], body: str) -> httpx.Request:
    url = target.url
    return httpx.Request(
        "POST",
        url.copy_with(host=str(address)),
        headers=headers | {"host": url.netloc.decode()},
        content=body.encode(),
        extensions={
            "sni_hostname": url.raw_host.decode(),  # whose certificate it has to be
            "timeout": {"connect": CONNECT_WITHIN_S},  # the whole is limited by who asks
        },
    )


async def _beginning(response: httpx.Response) -> bytes:
    """As much as is wanted; undecoded, so that nothing unfolds in our memory."""
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= LARGEST_ANSWER:
            break
    return read[:LARGEST_ANSWER]


def _printable(answer: bytes) -> str:
    text = answer[: EXCERPT * 4].decode(errors="replace")
    return "".join(c if c.isprintable() else " " for c in text)[:EXCERPT].strip()


def _wish(response: httpx.Response) -> timedelta:
    """Retry-After (RFC 9110 §10.2.3): seconds or a date, which is compared with our own machine's."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), 10**8))
    try:
        moment = email.utils.parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return timedelta()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(), moment - datetime.now(UTC))
