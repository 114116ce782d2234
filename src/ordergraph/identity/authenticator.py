"""Who checks tokens: one for each issuer, and one who knows which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ordergraph.identity.claims import BadToken, Identity
from ordergraph.identity.signed import unchecked


class Authenticator(Protocol):
    """Whoever can say for whom a token speaks."""

    async def authenticate(self, token: str) -> Identity:
        """Check everything a token can be wrong in; raise BadToken. Never takes a bad one for nobody's."""
        ...

    def revoked(self, identity: Identity) -> bool:
        """Whether the token that somebody came with was taken back since."""
        ...


@dataclass(frozen=True, slots=True)
class ByIssuer:
    """Several issuers side by side: whom a token names as its issuer decides whose keys are used."""

    issuers: Mapping[str, Authenticator]

    async def authenticate(self, token: str) -> Identity:
        issuer = unchecked(token).issuer
        known = self.issuers.get(issuer) if isinstance(issuer, str) else None
        if known is None:
            raise BadToken("its issuer is not known here")
        return await known.authenticate(token)

    def revoked(self, identity: Identity) -> bool:  # noqa: ARG002  (the protocol's signature)
        """A signature cannot be taken back: Revoking knows."""
        return False
