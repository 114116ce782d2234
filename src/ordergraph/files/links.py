"""Short-lived links: what they allow is in them, signed, so that nobody has to look anything up."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

DOMAIN: Final = b"ordergraph links v1"
"""Keeps the key apart from the one that signs tokens, though both come from one secret."""
LONGEST: Final = 2_000
HARMLESS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
}
"""The headers of whatever is had by a link: nothing of it is kept, or handed to a browser to run."""


class BadLink(Exception):
    """Forged, damaged, out of date, or for something else."""


@dataclass(frozen=True, slots=True)
class SignedLink:
    """Where to go, until when; and the headers that have to be sent exactly so."""

    url: str
    expires_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Links:
    """Signs and reads the last part of a URL: what it says, and an HMAC-SHA-256 over that."""

    key: bytes = field(repr=False)
    base: str

    @classmethod
    def of(cls, secret: str, base: str) -> "Links":
        return cls(hmac.digest(secret.encode(), DOMAIN, hashlib.sha256), base.rstrip("/"))

    def sign(self, purpose: str, facts: Mapping[str, Any], until: datetime) -> str:
        """Make a token for one purpose, good until then."""
        said = orjson.dumps({**facts, "for": purpose, "until": until.timestamp()})
        return f"{_text(said)}.{_text(self._mac(said))}"

    def to(
        self,
        folder: str,
        purpose: str,
        facts: Mapping[str, Any],
        until: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> SignedLink:
        """A link into one of the folders that downloads.py answers."""
        token = self.sign(purpose, facts, until)
        return SignedLink(f"{self.base}/{folder}/{token}", until, headers or {})

    def read(self, purpose: str, token: str, now: datetime) -> dict[str, Any]:
        """Return the facts; raise BadLink. The signature is compared before anything is believed."""
        said, _, mac = token.partition(".")
        if len(token) > LONGEST or not hmac.compare_digest(self._mac(_bytes(said)), _bytes(mac)):
            raise BadLink("not signed by us")
        facts: dict[str, Any] = orjson.loads(_bytes(said))
        if facts["for"] != purpose:
            raise BadLink("for something else")
        if now >= datetime.fromtimestamp(facts["until"], UTC):
            raise BadLink("out of date")
        return facts

    def _mac(self, said: bytes) -> bytes:
        return hmac.digest(self.key, said, hashlib.sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Only what _text writes: one token has one spelling."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadLink("damaged") from None
    if _text(data) != text:
        raise BadLink("damaged")
    return data
