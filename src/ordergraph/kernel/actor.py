"""Who is acting, and in which role on which order."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol
from uuid import UUID, uuid5

from ordergraph.kernel.words import Words

USER_NAMESPACE: Final = UUID("6f1d1bb0-3c5b-5f0e-9a53-0c8a6f0d2b11")


class Role(Words):
    """In which role somebody acts. More values may come."""

    BUYER = "BUYER", "Who bought."
    SELLER = "SELLER", "Who sold."
    OPERATOR = "OPERATOR", "Staff of the marketplace."
    SYSTEM = "SYSTEM", "A deadline that passed."
    GATEWAY = "GATEWAY", "A payment provider or carrier."


class Parties(NamedTuple):
    """The two sides of one order."""

    buyer_id: UUID
    seller_id: UUID


class HasParties(Protocol):
    """Them, or the order's row itself."""

    @property
    def buyer_id(self) -> UUID: ...
    @property
    def seller_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or machine with the roles its token grants."""

    roles: frozenset[Role]
    user_id: UUID | None = None

    def role_on(self, parties: HasParties) -> Role | None:
        """Return the role on this order, or None for a stranger.

        A party is always a party: an operator who bought the order cannot decide over it.
        """
        if self.user_id == parties.buyer_id:
            return Role.BUYER if Role.BUYER in self.roles else None
        if self.user_id == parties.seller_id:
            return Role.SELLER if Role.SELLER in self.roles else None
        return self.office

    @property
    def office(self) -> Role | None:
        """The role that needs no part in the order: staff, the clock, the gateway."""
        for role in (Role.OPERATOR, Role.SYSTEM, Role.GATEWAY):
            if role in self.roles:
                return role
        return None


SYSTEM: Final = Actor(frozenset({Role.SYSTEM}))
GATEWAY: Final = Actor(frozenset({Role.GATEWAY}))


def user_id_of(external_id: str) -> UUID:
    """Our id of the user whom the identity provider calls `external_id`: no look-up is needed."""
    return uuid5(USER_NAMESPACE, external_id)
