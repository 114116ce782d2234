"""Tokens that were checked are believed again: each is sent with every request until it ends.

What is remembered is who a token speaks for, under its hash; no token is kept. Nobody is remembered
beyond the token's end, nor beyond the keys that it was checked with, and what was taken back is asked
for each time, by whoever stands before this (revoking.py).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from ordergraph.identity.authenticator import Authenticator
from ordergraph.identity.claims import Identity

MOST: Final = 10_000
"""Tokens that one process remembers; the one that was not seen for longest makes room."""


def _always() -> float:
    return 0.0


def _real_time() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Remembering:
    """Believes whom the other authenticator believed. `epoch` changes when that may believe others."""

    inner: Authenticator
    epoch: Callable[[], float] = _always
    most: int = MOST
    now: Callable[[], datetime] = _real_time
    _epoch: float = 0.0
    _known: OrderedDict[bytes, Identity] = field(default_factory=OrderedDict)

    async def authenticate(self, token: str) -> Identity:
        name = sha256(token.encode(errors="surrogatepass")).digest()
        identity = self._recalled(name)
        if identity is None:
            before = self._epoch
            identity = await self.inner.authenticate(token)
            if self._epoch == before == self.epoch():  # else by keys that may be gone
                self._remember(name, identity)
        return identity

    def revoked(self, identity: Identity) -> bool:
        return self.inner.revoked(identity)

    def _recalled(self, name: bytes) -> Identity | None:
        epoch = self.epoch()
        if epoch != self._epoch:
            self._epoch = epoch
            self._known.clear()
        identity = self._known.get(name)
        if identity is None:
            return None
        if identity.expires_at <= self.now():
            del self._known[name]
            return None
        self._known.move_to_end(name)
        return identity

    def _remember(self, name: bytes, identity: Identity) -> None:
        self._known[name] = identity
        if len(self._known) > self.most:
            self._known.popitem(last=False)
