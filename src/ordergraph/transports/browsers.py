"""Which pages of the Web may use the API from inside a browser: our own, and those that are listed.

Tokens are sent by hand, never by a browser of itself, so a foreign page has nobody's rights here.
It is turned away all the same, before it can keep a server or a socket busy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from ordergraph.transports.media import EVENTS, JSON, MULTIPART, RESPONSE, is_json
from ordergraph.transports.operation import Declined

ANY: Final = "*"
UNSIMPLE: Final = (
    "apollo-require-preflight",
    "authorization",
    "graphql-require-preflight",
    "idempotency-key",
    "x-apollo-operation-name",
)
"""Headers that a page of another site can send only after the server has agreed to them."""
FOR_PAGES: Final = ("text/", "image/", "video/", "audio/", "font/", "application/xhtml+xml")
PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class CrossSite(Declined):
    """What any page of the Web can make a browser send."""

    status = HTTPStatus.FORBIDDEN
    code = "CROSS_SITE_REQUEST"

    def __init__(self) -> None:
        super().__init__(
            "A page of another site made a browser send this. Send it by POST, or with the header"
            " apollo-require-preflight, from an origin that is allowed."
        )


@dataclass(frozen=True, slots=True)
class Origins:
    """The pages that are allowed."""

    listed: frozenset[str] = frozenset()
    public: str = ""
    """Where we are reached, for servers behind a proxy that tells them another host."""

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether this comes from an allowed page, or from no page at all: for sockets, too."""
        origin = headers.get("origin")
        return origin is None or self._allows(origin.lower()) or self._is_own(origin, headers)

    def refuse_foreign(self, headers: Headers) -> None:
        """Raise CrossSite for a GET that a page of another site can cause without being asked."""
        if any(name in headers for name in UNSIMPLE) or _has_json(headers):
            return
        if any(self._marks(headers)):
            raise CrossSite

    def _marks(self, headers: Headers) -> Iterator[bool]:
        """What tells a browser's request for a foreign page from our clients'."""
        origin = headers.get("origin")
        known = origin is not None and self.admits(headers)
        yield origin is not None and not known
        site = headers.get("sec-fetch-site")
        yield site not in {None, "same-origin", "none"} and not known
        yield "content-type" in headers  # a form's
        # Browsers tell no site over plain http; what they load for a page they ask for by its type.
        referer = headers.get("referer")
        yield site is None and referer is not None and not self._is_own(referer, headers)
        yield site is None and _is_for_a_page(headers.get("accept", ""))

    def _allows(self, origin: str) -> bool:
        return ANY in self.listed or origin in self.listed

    def _is_own(self, url: str, headers: Mapping[str, str]) -> bool:
        place = _place(url)
        if place is None:
            return False
        scheme, _ = place
        return place in {_place(self.public), _place(f"{scheme}://{headers.get('host', '')}")}


def _place(url: str) -> tuple[str, str] | None:
    """Scheme and host with its port, as origins are compared; None for what has none."""
    try:
        parts = urlsplit(url.lower())
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, f"{parts.hostname}:{port}") if parts.hostname and port else None


def _has_json(headers: Headers) -> bool:
    return any(is_json(kind) for kind in headers.getlist("content-type"))


def _is_for_a_page(accept: str) -> bool:
    """Whether this is the Accept of an image, a style sheet, a frame: none of them names our types."""
    ours = any(media in accept for media in (JSON, RESPONSE, EVENTS, MULTIPART))
    return not ours and any(kind in accept for kind in FOR_PAGES)
