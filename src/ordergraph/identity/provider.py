"""An identity provider (OpenID Connect): where its keys are, and how its tokens are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from ordergraph.identity.claims import BadToken, Identity, Reading
from ordergraph.identity.jwks import Key, KeyRing, KeysAway, usable
from ordergraph.identity.signed import Rules, unchecked

DISCOVERY: Final = "/.well-known/openid-configuration"
LARGEST: Final = 512 * 1024
"""Bytes. A set of keys has a few thousand."""
WAIT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Provider:
    """Checks the tokens of one issuer, signed by any key of its ring, by the algorithms we accept."""

    rules: Rules
    ring: KeyRing
    algorithms: Sequence[str]
    reading: Reading

    async def authenticate(self, token: str) -> Identity:
        said = unchecked(token)
        if said.algorithm not in self.algorithms:
            raise BadToken("its algorithm is not accepted")
        key = await self.ring.find(said.key_id, said.algorithm)
        claims = self.rules.checked(token, key.public, [said.algorithm])
        return self.reading.identity(claims, said.token_id)

    def revoked(self, identity: Identity) -> bool:  # noqa: ARG002  (the protocol's signature)
        """A signature cannot be taken back: Revoking knows."""
        return False


@dataclass(frozen=True, slots=True)
class Source:
    """Where the keys are published: at a known address, or where the issuer's own document says."""

    http: httpx.AsyncClient
    issuer: str
    jwks_url: str | None = None

    async def __call__(self) -> list[Key]:
        """Fetch them; raises KeysAway, also for what is no set of keys, or holds none for us."""
        url = self.jwks_url or await self._discovered()
        keys = (await self._document(url)).get("keys")
        if not isinstance(keys, list):
            raise KeysAway(f"{url} holds no set of keys")
        found = usable(keys)
        if not found:
            raise KeysAway(f"{url} holds no key that could be used")
        return found

    async def _discovered(self) -> str:
        url = self.issuer.rstrip("/") + DISCOVERY
        said = await self._document(url)
        if said.get("issuer") != self.issuer:
            raise KeysAway(f"{url} speaks for another issuer")
        keys_at = said.get("jwks_uri")
        if not isinstance(keys_at, str) or not keys_at.startswith(("https://", "http://")):
            raise KeysAway(f"{url} does not say where the keys are")
        if url.startswith("https://") and not keys_at.startswith("https://"):
            raise KeysAway(f"{url} sends us to keys that anybody on the way could change")
        return keys_at

    async def _document(self, url: str) -> dict[str, Any]:
        try:
            said = orjson.loads(await self._body(url))
        except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError) as problem:
            raise KeysAway(f"{url}: {type(problem).__name__}") from None
        if not isinstance(said, dict):
            raise KeysAway(f"{url} holds no JSON object")
        return said

    async def _body(self, url: str) -> bytes:
        body = bytearray()
        async with self.http.stream("GET", url, headers={"accept": "application/json"}) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeysAway(f"{url} answers {answer.status_code}")
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise KeysAway(f"{url} says too much")
        return bytes(body)


def line() -> httpx.AsyncClient:
    """How providers are asked: without following anybody elsewhere, and not for long."""
    return httpx.AsyncClient(timeout=WAIT_S, follow_redirects=False)
