"""What the claims of a token say about somebody; read after its signature was checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ordergraph.kernel.actor import Actor, Role, user_id_of
from ordergraph.kernel.roles import HELD
from ordergraph.kernel.text import is_external_id, is_line

NOBODY: Final = Actor(frozenset())
LONGEST_NAME: Final = 120
LONGEST_EMAIL: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets

Claims = Mapping[str, Any]


class BadToken(Exception):
    """A token that is expired, forged, taken back, for somebody else, or none at all."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token speaks for, and until when."""

    actor: Actor
    external_id: str
    display_name: str
    expires_at: datetime
    email: str | None = None
    token_id: str | None = None
    """What this one token is taken back by."""
    issued_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Which claims say who somebody is; our own tokens use the defaults.

    A claim inside of others is named by its path, as in `realm_access.roles`.
    """

    roles_claim: str = "roles"
    name_claim: str = "name"
    email_claim: str = "email"
    roles: Mapping[str, tuple[Role, ...]] | None = None
    """What the names of roles grant. None: they are ours."""
    without_roles: frozenset[Role] | None = None
    """What a token without that claim grants. None: it is refused."""

    def identity(self, claims: Claims, token_id: str) -> Identity:
        """Read them; raise BadToken for what is not as agreed."""
        subject = claims.get("sub")
        if not isinstance(subject, str) or not is_external_id(subject):
            raise BadToken("the subject is no name")
        return Identity(
            actor=Actor(self._granted(claims), user_id_of(subject)),
            external_id=subject,
            display_name=self._display_name(claims) or subject,
            expires_at=moment(claims.get("exp"), "expiry"),
            email=self._email(claims),
            token_id=token_id,
            issued_at=moment(claims.get("iat"), "beginning"),
        )

    def _granted(self, claims: Claims) -> frozenset[Role]:
        said = found(claims, self.roles_claim)
        if said is None and self.without_roles is not None:
            return self.without_roles
        if not isinstance(said, list) or not all(isinstance(role, str) for role in said):
            raise BadToken("the roles are no list of names")
        if self.roles is None:
            return frozenset(HELD[role] for role in said if role in HELD)
        return frozenset(role for name in said for role in self.roles.get(name, ()))

    def _display_name(self, claims: Claims) -> str | None:
        """A name that nobody could show is none."""
        said = found(claims, self.name_claim)
        name = said.strip()[:LONGEST_NAME] if isinstance(said, str) else ""
        return name if is_line(name, LONGEST_NAME) else None

    def _email(self, claims: Claims) -> str | None:
        """An address that the provider says nobody has confirmed is none."""
        said = found(claims, self.email_claim)
        if claims.get("email_verified") in (False, "false") or not isinstance(said, str):
            return None
        local, at, domain = said.strip().rpartition("@")
        looks_right = at and local and domain and not any(c.isspace() for c in said.strip())
        return said.strip() if looks_right and is_line(said, LONGEST_EMAIL) else None


def found(claims: Claims, path: str) -> object:
    """The claim of this very name, dots and all; else the one at the end of this path."""
    if path in claims:
        return claims[path]
    here: object = claims
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def moment(claim: object, called: str) -> datetime:
    """A number of seconds, of a time that there is; raise BadToken for anything else."""
    try:
        return datetime.fromtimestamp(claim, UTC)  # type: ignore[arg-type]  # a TypeError is an answer
    except (TypeError, ValueError, OverflowError, OSError):
        raise BadToken(f"the {called} is no time") from None


def bearer(authorization: str) -> str:
    """The token of an `Authorization: Bearer …` header; raise BadToken."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadToken("expected 'Bearer' and a token")
    return token.strip()
