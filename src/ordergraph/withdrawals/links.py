"""Short-lived links to documents: whoever holds one may read that one document, until then."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

PATH: Final = "/documents/"
LIFETIME: Final = timedelta(minutes=5)
DOMAIN: Final = b"ordergraph document links v1"
"""Keeps the key apart from the one that signs tokens, though both come from one secret."""


@dataclass(frozen=True, slots=True)
class Links:
    """Signs document and expiry with HMAC-SHA-256."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> "Links":
        return cls(hmac.digest(secret.encode(), DOMAIN, hashlib.sha256))

    def mint(self, document_id: UUID, now: datetime) -> str:
        """The path of a link; ask first whether the reader may see the document."""
        until = int((now + LIFETIME).timestamp())
        return f"{PATH}{document_id}?until={until}&signature={self._sign(document_id, until)}"

    def holds(self, document_id: UUID, until: str, signature: str, now: datetime) -> bool:
        """Whether we made this link, and it is still good. The signature is looked at first."""
        if not (until.isascii() and until.isdigit() and len(until) <= 12 and signature.isascii()):
            return False
        signed = hmac.compare_digest(self._sign(document_id, int(until)), signature)
        return signed and now.timestamp() < int(until)

    def _sign(self, document_id: UUID, until: int) -> str:
        return hmac.new(self.key, f"{document_id}.{until}".encode(), hashlib.sha256).hexdigest()
