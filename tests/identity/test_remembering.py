"""A token that was checked is believed again, exactly as long as it would be checked anew (A8)."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from ordergraph.identity.authenticator import Authenticator
from ordergraph.identity.claims import BadToken, Identity
from ordergraph.identity.jwks import KeyRing, Patience
from ordergraph.identity.provider import Source
from ordergraph.identity.remembering import Remembering
from ordergraph.identity.revoking import Revoking
from ordergraph.infra.hub import Hub
from ordergraph.kernel.actor import Role
from tests.api.doors import HOUR, TOKENS
from tests.identity.issuing import House, SigningKey
from tests.identity.test_jwks import Hands


def _token(name: str = "ada", lifetime: timedelta = HOUR) -> str:
    return TOKENS.issue(name, frozenset({Role.BUYER}), name.title(), lifetime)


@dataclass
class Counted:
    """Another authenticator, and how often it was asked for each token."""

    inner: Authenticator = TOKENS
    asked: Counter[str] = field(default_factory=Counter)

    async def authenticate(self, token: str) -> Identity:
        self.asked[token] += 1
        return await self.inner.authenticate(token)

    def revoked(self, identity: Identity) -> bool:
        return self.inner.revoked(identity)


async def test_a_token_is_checked_once_however_often_it_comes() -> None:
    counted = Counted()
    door = Remembering(counted)
    ada, ben = _token("ada"), _token("ben")

    names = [(await door.authenticate(token)).external_id for token in (ada, ben, ada, ada, ben)]

    assert names == ["ada", "ben", "ada", "ada", "ben"]
    assert counted.asked == {ada: 1, ben: 1}


async def test_a_bad_token_is_checked_each_time_and_never_taken_for_its_neighbor() -> None:
    counted = Counted()
    door = Remembering(counted)
    good = _token()
    await door.authenticate(good)

    for bad in (good[:-2], f"{good}x", good.swapcase(), "", "\ud800"):
        for _ in range(2):
            with pytest.raises(BadToken):
                await door.authenticate(bad)
        assert counted.asked[bad] == 2


async def test_nobody_is_remembered_beyond_the_end_of_the_token() -> None:
    counted, token = Counted(), _token()
    at = ends = (await TOKENS.authenticate(token)).expires_at
    door = Remembering(counted, now=lambda: at)

    at = ends - timedelta(microseconds=1)
    for _ in range(2):
        await door.authenticate(token)
    assert counted.asked[token] == 1

    at = ends
    await door.authenticate(token)
    assert counted.asked[token] == 2, "whoever checks says whether it is still good"


async def test_what_was_taken_back_is_refused_though_it_was_remembered() -> None:
    process = Revoking(Remembering(TOKENS), Hub())
    token = _token()
    identity = await process.authenticate(token)
    assert identity.token_id is not None

    process.revocations.tokens[identity.token_id] = identity.expires_at

    with pytest.raises(BadToken, match="taken back"):
        await process.authenticate(token)


def _by_keys(house: House, hands: Hands) -> tuple[Remembering, KeyRing]:
    """Whoever believes that house, with hands for a clock."""
    assert house.http is not None
    ring = KeyRing(Source(house.http, house.url), Patience(), hands)
    return Remembering(replace(house.provider(), ring=ring), ring.epoch), ring


async def test_a_key_that_the_provider_removed_opens_nothing_from_the_next_fetch_on(
    house: House,
) -> None:
    hands, token = Hands(), house.token()
    door, ring = _by_keys(house, hands)
    for _ in range(2):
        await door.authenticate(token)

    house.keys = [SigningKey.made("second")]
    hands.at += Patience().lifetime_s
    assert await door.authenticate(token), "no fetch yet"
    await ring.refresh()

    with pytest.raises(BadToken, match="key is not known"):
        await door.authenticate(token)
    assert await door.authenticate(house.token())


async def test_keys_that_are_too_old_open_nothing_for_whom_they_let_in_before(house: House) -> None:
    hands, token = Hands(), house.token()
    door, _ = _by_keys(house, hands)
    for _ in range(2):
        await door.authenticate(token)

    with house.away():
        hands.at += Patience().stale_s + 1
        with pytest.raises(BadToken, match="key is not known"):
            await door.authenticate(token)


async def test_the_token_that_was_not_seen_for_longest_makes_room() -> None:
    counted = Counted()
    door = Remembering(counted, most=2)
    ada, ben, cleo = (_token(name) for name in ("ada", "ben", "cleo"))

    for token in (ada, ben, ada, cleo, ada, ben):
        await door.authenticate(token)

    assert counted.asked == {ada: 1, ben: 2, cleo: 1}
