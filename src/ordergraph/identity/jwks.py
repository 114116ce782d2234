"""The public keys of an identity provider: fetched, kept for a while, looked up by name."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
import structlog
from jwt import PyJWK

from ordergraph.identity.claims import BadToken

FITS: Final = {
    # algorithm: what its keys are made of
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA",
    "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "P-256", "ES384": "P-384", "ES512": "P-521",
    "EdDSA": "Ed25519",
}  # fmt: skip
"""Which algorithms may be accepted. None with a shared key: whoever can read that could also sign."""
MOST_KEYS: Final = 100
LEAST_RSA_BITS: Final = 2048

log = structlog.get_logger(__name__)


class KeysAway(Exception):
    """The keys could not be had; says where, and nothing that was received."""


@dataclass(frozen=True, slots=True)
class Key:
    """`made_of` and `algorithm` say what it may be used for."""

    name: str | None
    made_of: str
    algorithm: str | None
    public: Any

    def is_for(self, algorithm: str) -> bool:
        return FITS.get(algorithm) == self.made_of and self.algorithm in (None, algorithm)


Fetch = Callable[[], Awaitable[list[Key]]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long keys are good, in seconds.

    lifetime_s   after so long they are fetched again
    cooldown_s   there is no fetch within so long after another, whatever names tokens make up
    stale_s      while the provider is away, the last keys are good for so long
    """

    lifetime_s: float = 600
    cooldown_s: float = 10
    stale_s: float = 86_400


class KeyRing:
    """The keys as they were last fetched. Nobody who asks ever starts a second fetch beside one."""

    def __init__(
        self, fetch: Fetch, patience: Patience, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch, self._patience, self._clock = fetch, patience, clock
        self._keys: list[Key] = []
        self._fetched_at = self._tried_at = -float("inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, name: str | None, algorithm: str) -> Key:
        """The key of this name for this algorithm; raise BadToken when there is none.

        A token that names no key can only mean the one that there is.
        """
        key = self._known(name, algorithm)
        if key is None:
            await self.refresh()
            key = self._known(name, algorithm)
        if key is None:
            raise BadToken("its key is not known here")
        return key

    def epoch(self) -> float:
        """When the keys came that are good now: changes whenever one that was good may not be."""
        return -float("inf") if self._is_stale() else self._fetched_at

    async def refresh(self) -> None:
        """Fetch the keys, or wait for whoever does; nothing happens within the cooldown."""
        if self._fetching is None:
            if self._clock() - self._tried_at < self._patience.cooldown_s:
                return
            self._tried_at = self._clock()
            self._fetching = asyncio.create_task(self._replace())
        # Who began it may hang up meanwhile: the others still wait for it.
        await asyncio.shield(self._fetching)

    async def keep_fresh(self) -> None:
        """Fetch the keys whenever their lifetime is over, for as long as this process lives."""
        try:
            while True:
                await self.refresh()
                await asyncio.sleep(self._next_in_s())
        finally:
            await self._let_go()

    def _next_in_s(self) -> float:
        due_at = self._fetched_at + self._patience.lifetime_s
        return max(self._patience.cooldown_s, due_at - self._clock())

    async def _let_go(self) -> None:
        """Leave no fetch behind on a line that is about to be closed."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _replace(self) -> None:
        try:
            self._keys = (await self._fetch())[:MOST_KEYS]
            self._fetched_at = self._clock()
        except KeysAway as away:
            log.warning("identity.keys_away", problem=str(away))
        finally:
            self._fetching = None

    def _is_stale(self) -> bool:
        return self._clock() - self._fetched_at > self._patience.stale_s

    def _known(self, name: str | None, algorithm: str) -> Key | None:
        if self._is_stale():
            return None
        able = [key for key in self._keys if key.is_for(algorithm)]
        if name is not None:
            return next((key for key in able if key.name == name), None)
        return able[0] if len(able) == 1 else None


def usable(keys: Iterable[object]) -> list[Key]:
    """Of a published set, the keys that can check signatures; what else stands there is left out."""
    read = (_key(each) for each in keys if isinstance(each, Mapping))
    return [key for key in read if key is not None]


def _key(said: Mapping[str, Any]) -> Key | None:
    kind = said.get("kty")
    made_of = kind if kind == "RSA" else said.get("crv") if kind in ("EC", "OKP") else None
    name, algorithm = said.get("kid"), said.get("alg")
    if made_of not in FITS.values() or said.get("use", "sig") != "sig":
        return None
    if not isinstance(name, str | None) or not isinstance(algorithm, str | None):
        return None
    public = {
        part: value for part, value in said.items() if part in {"kty", "crv", "n", "e", "x", "y"}
    }
    try:
        key = PyJWK(public).key
    except (jwt.PyJWTError, KeyError):
        return None
    if made_of == "RSA" and key.key_size < LEAST_RSA_BITS:
        return None
    return Key(name, str(made_of), algorithm, key)
