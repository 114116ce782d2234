"""Keys: fetched once for all, kept while they are good, replaced when the provider rotates (A8)."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from starlette.responses import RedirectResponse, Response

from ordergraph.authentication import keys_found
from ordergraph.identity.claims import BadToken
from ordergraph.identity.jwks import KeyRing, KeysAway, Patience
from ordergraph.identity.provider import LARGEST, Source
from ordergraph.identity.signed import Rules
from tests.identity.issuing import AUDIENCE, House, SigningKey

PATIENCE = Patience(lifetime_s=600, cooldown_s=10, stale_s=3_600)


@dataclass
class Hands:
    """Seconds that pass when a test says so."""

    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at


def ring_of(house: House, hands: Callable[[], float], patience: Patience = PATIENCE) -> KeyRing:
    assert house.http is not None
    return KeyRing(Source(house.http, house.url), patience, hands)


async def test_a_key_is_fetched_once_for_all_who_ask(house: House) -> None:
    house.pause_s = 0.05
    ring = ring_of(house, Hands())
    found = await asyncio.gather(*(ring.find("first", "ES256") for _ in range(50)))

    assert {key.name for key in found} == {"first"}
    assert house.fetches == 1


async def test_a_flood_of_made_up_keys_makes_one_fetch(house: House) -> None:
    hands = Hands()
    ring = ring_of(house, hands)
    await ring.find("first", "ES256")
    hands.at += PATIENCE.cooldown_s
    flood = (ring.find(f"made up {number}", "ES256") for number in range(200))

    refused = await asyncio.gather(*flood, return_exceptions=True)

    assert {type(each) for each in refused} == {BadToken}
    assert house.fetches == 2
    assert await ring.find("first", "ES256")


async def test_a_new_key_is_found_as_soon_as_a_token_names_it(house: House) -> None:
    hands, old = Hands(), house.keys[0]
    provider = house.provider()
    ring = KeyRing(provider.ring._fetch, PATIENCE, hands)
    checks = type(provider)(provider.rules, ring, provider.algorithms, provider.reading)
    assert await checks.authenticate(house.token(old))
    house.keys = [SigningKey.made("second", "RS256"), old]
    hands.at += PATIENCE.cooldown_s

    assert await checks.authenticate(house.token())
    assert await checks.authenticate(house.token(old))  # both are published for a while
    house.keys = house.keys[:1]
    hands.at += PATIENCE.lifetime_s
    await ring.refresh()

    with pytest.raises(BadToken):
        await checks.authenticate(house.token(old))
    assert await checks.authenticate(house.token())


async def test_keys_are_good_while_the_provider_is_away_but_not_for_ever(house: House) -> None:
    hands = Hands()
    ring = ring_of(house, hands)
    await ring.find("first", "ES256")
    with house.away():
        hands.at += PATIENCE.stale_s
        await ring.refresh()
        assert await ring.find("first", "ES256")
        hands.at += 1
        with pytest.raises(BadToken):
            await ring.find("first", "ES256")
    hands.at += PATIENCE.cooldown_s
    assert await ring.find("first", "ES256")


async def test_who_hangs_up_does_not_end_the_fetch_of_the_others(house: House) -> None:
    house.pause_s = 0.1
    ring = ring_of(house, Hands())
    first = asyncio.create_task(ring.find("first", "ES256"))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(ring.find("first", "ES256"))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).name == "first"
    assert house.fetches == 1


async def test_keys_are_renewed_while_nobody_asks(house: House) -> None:
    quick = Patience(lifetime_s=0.02, cooldown_s=0.01, stale_s=60)
    keeping = asyncio.create_task(ring_of(house, time.monotonic, quick).keep_fresh())
    async with asyncio.timeout(5):
        while house.fetches < 3:  # noqa: ASYNC110  (a server sets no event)
            await asyncio.sleep(0.01)
    keeping.cancel()
    await asyncio.wait([keeping])


async def test_a_token_without_a_keys_name_means_the_only_one_that_fits(house: House) -> None:
    unnamed = SigningKey.made(None)
    house.keys = [unnamed, SigningKey.made("other kind", "RS256")]
    ring = ring_of(house, Hands())
    key = await ring.find(None, "ES256")
    assert Rules(house.url, AUDIENCE).checked(house.token(unnamed), key.public, ["ES256"])
    house.keys.append(SigningKey.made("of its kind"))
    ring = ring_of(house, Hands())
    with pytest.raises(BadToken):
        await ring.find(None, "ES256")


USELESS: dict[str, Any] = {
    "for encrypting": {"use": "enc"},
    "of no kind": {"kty": "???", "crv": "???"},
    "shared": {"kty": "oct", "k": "c2VjcmV0", "crv": "P-256"},
    "on another curve": {"crv": "secp256k1"},
    "without a point": {"x": ""},
    "for another algorithm": {"alg": "ES384"},
    "named by a number": {"kid": 1},
}


@pytest.mark.parametrize("change", USELESS.values(), ids=USELESS)
async def test_what_is_no_key_for_signatures_checks_none(house: House, change: Any) -> None:
    good = house.keys[0].published()
    house.published = [SigningKey.made("good").published(), good | change, "no key", None]  # type: ignore[list-item]  # as a server may say it
    ring = ring_of(house, Hands())
    assert await ring.find("good", "ES256")
    with pytest.raises(BadToken):
        await ring.find("first", "ES256")


SILENCE: dict[str, tuple[str, Response]] = {
    "no answer": ("/keys", Response(status_code=500)),
    "no JSON": ("/keys", Response("<html>")),
    "a list": ("/keys", Response("[]")),
    "no keys": ("/keys", Response('{"keys": []}')),
    "keys that are none": ("/keys", Response('{"keys": {}}')),
    "far too much": ("/keys", Response(b" " * (LARGEST + 1))),
    "a way elsewhere": ("/keys", RedirectResponse("http://127.0.0.1:1/")),
    "another issuer": (
        "/.well-known/openid-configuration",
        Response(orjson.dumps({"issuer": "https://elsewhere", "jwks_uri": "https://elsewhere"})),
    ),
    "no address": ("/.well-known/openid-configuration", Response("{}")),
}


@pytest.mark.parametrize("said", SILENCE.values(), ids=SILENCE)
async def test_what_is_no_set_of_keys_replaces_none(
    house: House, said: tuple[str, Response]
) -> None:
    hands = Hands()
    ring = ring_of(house, hands)
    await ring.find("first", "ES256")
    house.answers = dict([said])
    hands.at += PATIENCE.lifetime_s
    await ring.refresh()

    assert await ring.find("first", "ES256")
    with pytest.raises(KeysAway, match=r"^http://127"):
        await keys_found(house.settings())


async def test_whether_keys_can_be_had_is_said_before_anybody_comes(house: House) -> None:
    assert await keys_found(house.settings()) == f"1 keys of {house.url}, for ES256"


async def test_a_line_that_is_dead_is_said_too() -> None:
    nowhere = House("http://127.0.0.1:1")

    with pytest.raises(KeysAway, match="ConnectError"):
        await keys_found(nowhere.settings())
    with pytest.raises(KeysAway):
        await keys_found(nowhere.settings(jwks_url="http://127.0.0.1:1/keys"))
