"""Roles as people write them in a setting: BUYER,SELLER, and shopper=BUYER,staff=OPERATOR."""

from collections import defaultdict
from collections.abc import Mapping

from ordergraph.kernel.actor import Role

HELD: Mapping[str, Role] = {role.value: role for role in (Role.BUYER, Role.SELLER, Role.OPERATOR)}
"""The roles that people hold; no token makes anybody the clock or the gateway."""


def read_roles(text: str) -> frozenset[Role]:
    """Read a list of them; raise ValueError for what is none."""
    return frozenset(_role(part) for part in text.split(",") if part.strip())


def read_grants(text: str) -> dict[str, tuple[Role, ...]]:
    """Read what names of somebody else's grant; a name may stand there twice. Raise ValueError."""
    grants = defaultdict[str, tuple[Role, ...]](tuple)
    for part in text.split(","):
        name, equals, role = (word.strip() for word in part.rpartition("="))
        if not equals or not name:
            raise ValueError("should look like shopper=BUYER,staff=OPERATOR")
        grants[name] += (_role(role),)
    return dict(grants)


def checked_roles(text: str) -> str:
    """The text itself, once it has been read; raise ValueError as `read_roles` does."""
    read_roles(text)
    return text


def checked_grants(text: str) -> str:
    """The text itself, once it has been read; raise ValueError as `read_grants` does."""
    read_grants(text)
    return text


def _role(text: str) -> Role:
    role = HELD.get(text.strip())
    if role is None:
        raise ValueError(f"should be one of {', '.join(HELD)}")
    return role
