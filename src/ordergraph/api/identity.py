"""Who is asking: a bearer token, read and checked, or nobody."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt

from ordergraph.kernel.actor import Actor, Role, user_id_of

ALGORITHM: Final = "HS256"
GRANTED: Final = {role.value: role for role in (Role.BUYER, Role.SELLER, Role.OPERATOR)}
"""The roles that a token may grant; the clock and the gateway hold no tokens."""

NOBODY: Final = Actor(frozenset())


class BadToken(Exception):
    """A token that is expired, forged, for somebody else, or none at all."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token speaks for, and until when."""

    actor: Actor
    external_id: str
    display_name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues and checks HS256 tokens with one secret, for one issuer and one audience."""

    secret: str
    issuer: str
    audience: str

    def issue(
        self, external_id: str, roles: frozenset[Role], display_name: str, lifetime: timedelta
    ) -> str:
        """Make a token, for development and for service accounts."""
        now = datetime.now(UTC)
        claims = {
            "sub": external_id,
            "name": display_name,
            "roles": sorted(role.value for role in roles),
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self.secret, algorithm=ALGORITHM)

    def read(self, token: str) -> Identity:
        """Check everything a token can be wrong in; raise BadToken."""
        try:
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=[ALGORITHM],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": ["exp", "iat", "sub", "iss", "aud"]},
            )
        except jwt.PyJWTError as problem:
            raise BadToken(str(problem)) from None
        return _identity(claims)

    def from_header(self, authorization: str) -> Identity:
        """Read an `Authorization: Bearer …` header; raise BadToken."""
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise BadToken("expected 'Bearer' and a token")
        return self.read(token.strip())


def _identity(claims: dict[str, object]) -> Identity:
    subject, roles, expiry = claims["sub"], claims.get("roles"), claims["exp"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise BadToken("the subject is no name")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise BadToken("the roles are no list of names")
    granted = frozenset(GRANTED[role] for role in roles if role in GRANTED)
    return Identity(
        actor=Actor(granted, user_id_of(subject)),
        external_id=subject,
        display_name=str(claims.get("name") or subject),
        expires_at=_expiry(expiry),
    )


def _expiry(claim: object) -> datetime:
    """The library takes whatever int() takes; we want a number, of a time that there is."""
    try:
        return datetime.fromtimestamp(claim, UTC)  # type: ignore[arg-type]  # a TypeError is an answer
    except (TypeError, ValueError, OverflowError, OSError):
        raise BadToken("the expiry is no time") from None
