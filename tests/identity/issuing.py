"""An identity provider: a real HTTP server with its discovery document and its keys, which it rotates."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ordergraph.authentication import provider_of
from ordergraph.identity.provider import Provider, line
from ordergraph.settings import Settings, load
from tests.serving import loopback, served, url_of

AUDIENCE: Final = "shop-api"
HOUR: Final = timedelta(hours=1)
MAKE: Final[dict[str, Any]] = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@dataclass(frozen=True)
class SigningKey:
    name: str | None
    algorithm: str
    private: Any

    @classmethod
    def made(cls, name: str | None, algorithm: str = "ES256") -> "SigningKey":
        return cls(name, algorithm, MAKE[algorithm]())

    def published(self, **more: Any) -> dict[str, Any]:
        said = dict(
            get_default_algorithms()[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        )
        named = {"kid": self.name} if self.name else {}
        return said | named | {"use": "sig", "alg": self.algorithm} | more


@dataclass
class House:
    """`keys` sign, `publishes` is what it tells. `answers`: what it says by path instead of that."""

    url: str
    http: httpx.AsyncClient | None = None
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.made("first")])
    published: list[dict[str, Any]] | None = None
    answers: dict[str, Response] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    pause_s: float = 0.0

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked[path] += 1
        await asyncio.sleep(self.pause_s)
        if path in self.answers:
            return self.answers[path]
        if path == "/keys":
            told = self.published or [key.published() for key in self.keys]
            return _json({"keys": told})
        return _json({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    @property
    def fetches(self) -> int:
        return self.asked["/keys"]

    @contextmanager
    def away(self) -> Iterator[None]:
        self.answers["/keys"] = Response(status_code=503)
        yield
        del self.answers["/keys"]

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        good = {
            "sub": "auth0|7f31", "name": "Ada Buyer", "email": "ada@example.org", "roles": ["BUYER"],
            "iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + HOUR,
        }  # fmt: skip
        return {name: said for name, said in (good | changes).items() if said is not ...}

    def token(self, key: SigningKey | None = None, head: Any = None, **changes: Any) -> str:
        """Signed by its first key, unless by another one. `...` leaves a claim or header out."""
        by = key or self.keys[0]
        header = {"kid": by.name or ..., "typ": "JWT"} | (head or {})
        said = {name: value for name, value in header.items() if value is not ...}
        if "typ" not in said:
            said["typ"] = None  # PyJWT leaves it out then
        return jwt.encode(self.claims(**changes), by.private, algorithm=by.algorithm, headers=said)

    def settings(self, **more: str) -> Settings:
        named = {f"ORDERGRAPH_{name.upper()}": text for name, text in more.items()}
        return load(
            {
                "ORDERGRAPH_OIDC_ISSUER": self.url,
                "ORDERGRAPH_OIDC_AUDIENCE": AUDIENCE,
                "ORDERGRAPH_JWT_SECRET": "s" * 40,
                **named,
            },
            join_dev=False,
        )

    def provider(self, **more: str) -> Provider:
        """What checks its tokens, over a real line."""
        assert self.http is not None
        return provider_of(self.settings(**more), self.url, self.http)


class Street:
    """Where the house stands: the server is one for all tests, the house is a new one for each."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url, self.http = url, http
        self.build()

    def build(self) -> House:
        self.house = House(self.url, self.http)
        return self.house

    async def answer(self, request: Request) -> Response:
        return await self.house.answer(request)


@asynccontextmanager
async def open_street() -> AsyncIterator[Street]:
    """Listen on a port of loopback."""
    listening = loopback()
    async with line() as http:
        street = Street(url_of(listening), http)
        app = Starlette(routes=[Route("/{path:path}", street.answer)])
        async with served(app, listening):
            yield street


def by_hand(header: Any, claims: Any, signature: bytes = b"") -> str:
    """A token as no library would make it."""
    parts = [each if isinstance(each, bytes) else orjson.dumps(each) for each in (header, claims)]
    return ".".join(_encoded(part) for part in (*parts, signature))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _json(said: Any) -> Response:
    return Response(orjson.dumps(said), media_type="application/json")
