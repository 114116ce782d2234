"""Counting what there may be in a while: in Redis and in the process it comes to the same (R1, R3)."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from ordergraph.infra.allowance import SWEPT_AT, TAKE, Grant, InProcess, InRedis, Wish
from tests.conftest import Servers


class Hands:
    """Seconds that pass when a test says so."""

    at = 5_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    client = Redis.from_url(servers.redis_url)
    yield client
    await client.aclose()


def wish(
    key: str = "", *, most: int = 10, window_s: int = 60, least: int = 1, wanted: int = 0
) -> Wish:
    return Wish(key or uuid4().hex, most, window_s, least, wanted or least)


def granted(grants: list[Grant]) -> list[int]:
    return [grant.granted for grant in grants]


def test_a_window_begins_with_the_first_and_fades_into_the_next() -> None:
    hands = Hands()
    counters, asked = InProcess(hands), wish("a", most=10, wanted=10)

    assert counters.take([asked]) == [Grant(10, 60.0)]
    hands.at += 59
    assert counters.take([asked]) == [Grant(0, 1.0)]
    hands.at += 1 + 15  # three quarters of the window before are still within reach
    assert counters.take([asked]) == [Grant(3, 45.0)]
    hands.at += 15
    assert granted(counters.take([asked])) == [2]
    hands.at += 120
    assert counters.take([asked]) == [Grant(10, 60.0)]


async def test_in_redis_it_comes_to_the_same_as_in_the_process(redis: Redis) -> None:
    """The script, told the time by us, beside the process with the same hands."""
    hands, chance, key = Hands(), random.Random(7), uuid4().hex  # noqa: S311  (no secret)
    told = redis.register_script(TAKE.replace("redis.call('TIME')", "{ARGV[#ARGV], 0}"))
    counters = InProcess(hands)
    hands.at = 5_000
    for _ in range(500):
        hands.at += chance.choice([0, 0, 1, 7, 20, 60, 61, 130])
        least = chance.randint(1, 4)
        asked = wish(key, most=20, least=least, wanted=least + chance.randint(0, 5))
        (own,) = counters.take([asked])
        numbers = [asked.most, 60_000, asked.least, asked.wanted, int(hands.at)]
        assert await told(keys=[key], args=numbers) == [own.granted, own.left_s * 1000]


async def test_redis_counts_all_in_one_go_up_to_the_first_that_is_out(redis: Redis) -> None:
    counters = InRedis(redis)
    fine, out, after = wish(most=5, wanted=3), wish(most=1, least=2), wish(most=5)

    assert granted(await counters.take([fine, out, after])) == [3, 0]
    assert granted(await counters.take([fine, after])) == [2, 1], "what came before it is counted"


async def test_of_many_who_ask_at_once_no_more_get_any_than_there_are(redis: Redis) -> None:
    counters, asked = InRedis(redis), wish(most=50, least=1, wanted=4)

    grants = await asyncio.gather(*(counters.take([asked]) for _ in range(40)))

    assert sum(grant.granted for (grant,) in grants) == 50
    assert all(0 < grant.left_s <= 60 for (grant,) in grants)


async def test_redis_forgets_what_is_out_of_reach(redis: Redis) -> None:
    asked = wish(window_s=2)
    await InRedis(redis).take([asked])

    assert 3_000 < await redis.pttl(asked.key) <= 4_000


def test_a_process_forgets_what_is_out_of_reach() -> None:
    hands = Hands()
    counters = InProcess(hands)
    for n in range(SWEPT_AT):
        counters.take([wish(f"{n}")])
    hands.at += 120
    counters.take([wish("late", most=1)])

    assert list(counters._windows) == ["late"]
    assert granted(counters.take([wish("late", most=1)])) == [0]
