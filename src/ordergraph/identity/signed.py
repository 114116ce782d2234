"""What every signed token is held to, whoever signed it: its form, its header, its dates, its purpose."""

import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import jwt
import orjson
from jwt.utils import base64url_decode

from ordergraph.identity.claims import BadToken, Claims, moment

LARGEST: Final = 16_384
"""Characters. The largest tokens of identity providers have a third of that."""

TYPES: Final = {"jwt", "at+jwt", "application/at+jwt"}
"""RFC 7519 §5.1 and RFC 9068 §2.1; what is signed for another purpose opens no door here."""

REQUIRED: Final = ["exp", "iat", "sub", "iss", "aud"]
LEEWAY: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """What a token says of itself: good for choosing a key, and for nothing else."""

    algorithm: str
    key_id: str | None
    issuer: object
    expires_at: object
    token_id: str
    """Its `jti`; else made of all that is signed, since no one else has the same."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Whose tokens are believed, if meant for us. Clocks may differ by the leeway."""

    issuer: str
    audience: str
    leeway: timedelta = LEEWAY

    def checked(self, token: str, key: Any, algorithms: Sequence[str]) -> Claims:
        """The claims, once everything was looked at that a token can be wrong in; raise BadToken.

        The leeway is for its beginning: when it ends, it has ended.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=algorithms,
                audience=self.audience,
                issuer=self.issuer,
                leeway=self.leeway,
                options={"require": REQUIRED, "verify_exp": False},
            )
        except jwt.PyJWTError as problem:
            raise BadToken(str(problem)) from None
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise BadToken("a claim is not of its kind") from None
        if moment(claims["exp"], "expiry") <= datetime.now(UTC):
            raise BadToken("the token has expired")
        return claims


def unchecked(token: str) -> Unchecked:
    """Look at a token before its signature; raise BadToken for what is none of ours by its form."""
    if len(token) > LARGEST or not token.isascii():
        raise BadToken("too long, or no token at all")
    signed, _, _ = token.rpartition(".")
    head, dot, body = signed.partition(".")
    if not dot or "." in body:
        raise BadToken("a token has three parts")
    header, claims = _object(head), _object(body)
    _refuse_strange(header)
    given = claims.get("jti")
    own = given if isinstance(given, str) and 0 < len(given) <= 255 else None
    return Unchecked(
        algorithm=str(header.get("alg")),
        key_id=header.get("kid"),
        issuer=claims.get("iss"),
        expires_at=claims.get("exp"),
        token_id=own or f"sha256:{sha256(signed.encode()).hexdigest()}",
    )


def _refuse_strange(header: Claims) -> None:
    """Where keys lie (`jku`, `x5u`, `jwk`) is our own knowledge: such words of a token are not read."""
    if "crit" in header:
        raise BadToken("it asks for extensions that are not known here")
    kind = header.get("typ")
    if kind is not None and (not isinstance(kind, str) or kind.lower() not in TYPES):
        raise BadToken("it was signed for another purpose")
    if not isinstance(header.get("kid"), str | None):
        raise BadToken("the name of its key is no text")


def _object(part: str) -> dict[str, Any]:
    try:
        said = orjson.loads(base64url_decode(part))
    except (binascii.Error, orjson.JSONDecodeError):
        raise BadToken("it cannot be read") from None
    if not isinstance(said, dict):
        raise BadToken("it cannot be read")
    return said
