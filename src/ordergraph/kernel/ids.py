"""New identities: ids that sort by time and cannot be guessed, numbers that people can read aloud."""

import secrets
from typing import Final
from uuid import UUID

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0/O, 1/I/L, U


def order_number() -> str:
    """Return a number such as `K7Q4-9XWM`: 30^8 of them, so knowing one tells nothing of the next."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def short(id_: UUID) -> str:
    """The last eight digits, for logs and tables."""
    return str(id_)[-8:]
