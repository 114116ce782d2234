"""Endpoints' secrets: made at random, kept encrypted."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ordergraph.outgoing.process import WebhooksNotConfigured

SECRET_BYTES: Final = 32  # Standard Webhooks: between 24 and 64
PREFIX: Final = "whsec_"


class UnreadableSecret(Exception):
    """None of our keys opens it: it was encrypted under one that is no longer listed."""


def new_secret() -> str:
    """A secret as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@dataclass(frozen=True, slots=True)
class Keyring:
    """The first key encrypts, all decrypt: so a key is changed by putting a new one before it."""

    keys: Sequence[str] = ()

    @classmethod
    def of(cls, text: str | None) -> Self:
        return cls([key.strip() for key in text.split(",")] if text else [])

    def lock(self, secret: str) -> str:
        """Encrypt; raises WebhooksNotConfigured without a key."""
        return self._fernet().encrypt(secret.encode()).decode()

    def unlock(self, locked: str) -> str:
        """Decrypt; raises UnreadableSecret."""
        try:
            return self._fernet().decrypt(locked).decode()
        except (InvalidToken, WebhooksNotConfigured):
            raise UnreadableSecret from None

    def _fernet(self) -> MultiFernet:
        if not self.keys:
            raise WebhooksNotConfigured
        return MultiFernet([Fernet(key) for key in self.keys])

    def __repr__(self) -> str:
        return f"Keyring of {len(self.keys)}"
