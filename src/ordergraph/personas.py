"""The people of the small market: two unrelated buyers, two unrelated sellers, an operator."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ordergraph.identity.tokens import Tokens
from ordergraph.kernel.actor import Actor, Role, user_id_of

LIFETIME: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Persona:
    """`name` is the short one to type, and the id at the identity provider."""

    name: str
    display_name: str
    role: Role

    @property
    def actor(self) -> Actor:
        return Actor(frozenset({self.role}), user_id_of(self.name))

    def token(self, tokens: Tokens, lifetime: timedelta = LIFETIME) -> str:
        return tokens.issue(self.name, frozenset({self.role}), self.display_name, lifetime)


# fmt: off
PERSONAS: Final = (
    Persona("ada",           "Ada Buyer",      Role.BUYER),
    Persona("ben",           "Ben Buyer",      Role.BUYER),
    Persona("nordic-lamps",  "Nordic Lamps",   Role.SELLER),
    Persona("paper-and-ink", "Paper & Ink",    Role.SELLER),
    Persona("olga",          "Olga Operator",  Role.OPERATOR),
)
# fmt: on


def persona(name: str) -> Persona | None:
    return next((someone for someone in PERSONAS if someone.name == name), None)
