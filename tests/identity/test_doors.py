"""Both kinds of tokens at the doors of one installation: the issuer decides which key is used (A8)."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import httpx
import jwt
import pytest

from ordergraph.authentication import authenticating, refuse_unusable
from ordergraph.identity.claims import BadToken
from ordergraph.infra.hub import Hub
from ordergraph.kernel.actor import Role
from ordergraph.schema import schema
from ordergraph.settings import SettingsError, load
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from ordergraph.wiring import tokens_of
from tests.api.doors import HOUR
from tests.identity.issuing import House, SigningKey, by_hand
from tests.market import Market

needs_postgres = pytest.mark.usefixtures("clean")
ME = {"query": "{ viewer { user { displayName } } }"}


@pytest.fixture
async def door(market: Market, house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with authenticating(house.settings(), Hub()) as authenticator:
        endpoint = Endpoint(Front(schema, market.desk, authenticator))
        transport = httpx.ASGITransport(endpoint)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


async def _asks(door: httpx.AsyncClient, token: str) -> httpx.Response:
    return await door.post("/graphql", json=ME, headers={"authorization": f"Bearer {token}"})


async def test_both_kinds_of_tokens_are_believed_side_by_side(
    door: httpx.AsyncClient, house: House
) -> None:
    ours = tokens_of(house.settings()).issue("ben", frozenset({Role.BUYER}), "Ben Buyer", HOUR)

    for token, name in ((house.token(), "Ada Buyer"), (ours, "Ben Buyer")):
        said = (await _asks(door, token)).json()
        assert said == {"data": {"viewer": {"user": {"displayName": name}}}}


def _mixed(house: House) -> dict[str, str]:
    """Each signed with a key of this installation, but not by whom it says."""
    ours = {"iss": "ordergraph", "aud": "ordergraph"}
    secret = "s" * 40
    return {
        "ours, by the provider's key": house.token(**ours),
        "the provider's, by our secret": jwt.encode(house.claims(), secret, algorithm="HS256"),
        "by a third one": house.token(iss="https://elsewhere.example"),
        "by nobody": house.token(iss=...),
        "by a list of both": by_hand(
            {"alg": "ES256", "kid": "first"},
            house.claims(iss=[house.url, "ordergraph"], iat=0, exp=2**33),
        ),
        "for the other audience": house.token(aud="ordergraph"),
    }


async def test_no_key_speaks_for_the_other_issuer(door: httpx.AsyncClient, house: House) -> None:
    """It is refused, and not taken for nobody's: even what is open to all stays closed."""
    for name, token in _mixed(house).items():
        headers = {"authorization": f"Bearer {token}"}
        said = await door.post("/graphql", json={"query": "{ now }"}, headers=headers)

        assert said.status_code == HTTPStatus.UNAUTHORIZED, name
        assert said.headers["www-authenticate"].startswith("Bearer"), name
        assert said.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", name


@needs_postgres
async def test_tokens_of_the_provider_may_be_the_only_ones(house: House) -> None:
    ours = tokens_of(house.settings()).issue("ben", frozenset({Role.BUYER}), "Ben Buyer", HOUR)

    async with authenticating(house.settings(jwt_own="false"), Hub()) as authenticator:
        assert await authenticator.authenticate(house.token())
        with pytest.raises(BadToken, match="issuer"):
            await authenticator.authenticate(ours)


@needs_postgres
async def test_a_provider_that_comes_late_is_asked_again(house: House) -> None:
    """Its keys are looked for at the start; a start does not wait for them."""
    with house.away():
        async with authenticating(house.settings(jwks_cooldown_s="1"), Hub()) as authenticator:
            with pytest.raises(BadToken):
                await authenticator.authenticate(house.token())
    async with authenticating(house.settings(), Hub()) as authenticator:
        assert await authenticator.authenticate(house.token())
        with pytest.raises(BadToken):
            await authenticator.authenticate(house.token(SigningKey.made("made up")))


USELESS: dict[str, tuple[dict[str, str], str]] = {
    "keys of nobody": ({"jwks_url": "https://id.example/keys"}, "does not say whose"),
    "nobody believed": ({"jwt_own": "false"}, "no token is good"),
    "one name for both": ({"oidc_issuer": "https://a", "jwt_issuer": "https://a"}, "are one"),
    "a shared algorithm": (
        {"oidc_issuer": "https://a", "oidc_algorithms": "HS256"},
        "should be some of RS256",
    ),
    "no algorithm at all": (
        {"oidc_issuer": "https://a", "oidc_algorithms": "none"},
        "should be some of RS256",
    ),
    "an issuer of no web": ({"oidc_issuer": "keycloak"}, "should look like https"),
    "a role of nobody": (
        {"oidc_issuer": "https://a", "oidc_roles": "boss=SYSTEM"},
        "should be one of BUYER",
    ),
    "roles without names": (
        {"oidc_issuer": "https://a", "oidc_roles": "BUYER"},
        "should look like shopper",
    ),
    "nobody's own role": (
        {"oidc_issuer": "https://a", "oidc_without_roles": "GUEST"},
        "should be one of BUYER",
    ),
}


@pytest.mark.parametrize(("given", "says"), USELESS.values(), ids=USELESS)
def test_settings_that_let_nobody_in_or_anybody_are_refused(given: Any, says: str) -> None:
    env = {f"ORDERGRAPH_{name.upper()}": text for name, text in given.items()}

    with pytest.raises(SettingsError, match=says):
        refuse_unusable(load(env, join_dev=False))
