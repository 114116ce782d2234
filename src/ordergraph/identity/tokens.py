"""Our own tokens: issued and checked with one secret (HS256)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import jwt

from ordergraph.identity.claims import Identity, Reading, bearer
from ordergraph.identity.signed import LEEWAY, Rules, unchecked
from ordergraph.kernel.actor import Role

ALGORITHM: Final = "HS256"
READING: Final = Reading()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues and checks HS256 tokens with one secret, for one issuer and one audience."""

    secret: str
    issuer: str
    audience: str
    leeway: timedelta = LEEWAY

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
            "jti": uuid4().hex,
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self.secret, algorithm=ALGORITHM)

    def read(self, token: str) -> Identity:
        """Check everything a token can be wrong in; raise BadToken."""
        said = unchecked(token)
        rules = Rules(self.issuer, self.audience, self.leeway)
        return READING.identity(rules.checked(token, self.secret, [ALGORITHM]), said.token_id)

    def from_header(self, authorization: str) -> Identity:
        """Read an `Authorization: Bearer …` header; raise BadToken."""
        return self.read(bearer(authorization))

    async def authenticate(self, token: str) -> Identity:
        return self.read(token)

    def revoked(self, identity: Identity) -> bool:  # noqa: ARG002  (the protocol's signature)
        """A signature cannot be taken back: Revoking knows."""
        return False
