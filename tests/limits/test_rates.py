"""How often somebody may ask (R1, R2), counted by operation, also while Redis is away (R3)."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from graphql import get_introspection_query
from redis.asyncio import Redis
from starlette.requests import HTTPConnection
from structlog.testing import capture_logs

from ordergraph.infra import embedded
from ordergraph.kernel.actor import Actor, Role
from ordergraph.schema import schema
from ordergraph.transports import rates as rating
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from ordergraph.transports.rates import Lease, Quotas, RateLimited, Rates
from ordergraph.transports.requests import address_of
from tests.api.doors import bearer
from tests.conftest import Servers
from tests.market import ADA, BEN, Market

NOW = {"query": "{ now }"}
COUNTERS = 9
"""A database of Redis that no server uses."""
READ = (
    "mutation { "
    + " ".join(f"r{n}: notificationsMarkRead(input: {{}}) {{ __typename }}" for n in range(20))
    + " }"
)


@asynccontextmanager
async def client(front: Front) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Endpoint(front))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as line:
        yield line
    await front.rates.aclose()


@pytest.fixture
async def counters(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> str:
    """Counters of nobody's yet: the servers of other tests count the same people and addresses."""
    monkeypatch.setattr(rating, "PATIENCE_S", 10.0)  # Redis is there, however busy this machine is
    url = f"{servers.redis_url.rpartition('/')[0]}/{COUNTERS}"
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
    return url


def someone() -> Actor:
    return Actor(frozenset({Role.BUYER}), uuid4())


@asynccontextmanager
async def counted(url: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """How many scripts this Redis has run since."""
    client = Redis.from_url(url)

    async def scripts() -> int:
        said = await client.info("commandstats")
        return sum(said.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("eval", "evalsha"))

    begun = await scripts()

    async def since() -> int:
        return await scripts() - begun

    yield since
    await client.aclose()


def rated(market: Market, redis_url: str | None = None, **quotas: int) -> Front:
    return replace(market.front, rates=Rates(Quotas(**quotas), redis_url))


async def test_who_asks_too_often_is_told_when_to_come_back_and_others_are_served(
    market: Market, counters: str
) -> None:
    """R1."""
    async with client(rated(market, counters, operations=3)) as line:
        answers = [await line.post("/graphql", json=NOW, headers=bearer("ada")) for _ in range(4)]
        other = await line.post("/graphql", json=NOW, headers=bearer("ben"))

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    (error,) = answers[3].json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= error["extensions"]["retryAfter"] <= 60
    assert answers[3].headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert other.status_code == 200


async def test_processes_count_together(market: Market, counters: str) -> None:
    """R1, W8."""
    one, other = (rated(market, counters, operations_by_address=4) for _ in range(2))
    async with client(one) as first, client(other) as second:
        answers = [await line.post("/graphql", json=NOW) for line in (first, second) * 3]

    assert [answer.status_code for answer in answers].count(429) == 2


async def test_twenty_mutations_in_one_request_are_twenty(market: Market) -> None:
    """R2: aliases buy nothing."""
    async with client(rated(market, operations=22)) as line:
        all_at_once = await line.post("/graphql", json={"query": READ}, headers=bearer("ada"))
        one_more = await line.post("/graphql", json={"query": READ}, headers=bearer("ada"))

    assert all_at_once.status_code == 200
    assert one_more.status_code == 429


async def test_who_asks_for_much_has_fewer_operations(market: Market) -> None:
    """R2: the standard query of introspection counts as some thirty."""
    whole = {"query": get_introspection_query()}
    opened = market.front.library.open(schema._schema, whole["query"], None, {})
    async with client(rated(market, operations=1 + opened.price(None, {}))) as line:
        codes = [
            (await line.post("/graphql", json=body, headers=bearer("ada"))).status_code
            for body in (whole, NOW, NOW)
        ]

    assert codes == [200, 200, 429]


async def test_nobody_is_refused_for_the_first_thing_they_ask(market: Market) -> None:
    """Where a minute has fewer operations than one counts as, it is all of them."""
    whole = {"query": get_introspection_query()}
    async with client(rated(market, operations=5, operations_by_address=5)) as line:
        codes = [
            (await line.post("/graphql", json=body, headers=bearer("ada"))).status_code
            for body in (whole, NOW)
        ]

    assert codes == [200, 429]


async def test_some_mutations_have_narrower_limits(market: Market) -> None:
    """R2."""
    rates = Rates(Quotas(operations=100, messages=2, disputes=1, orders=1))
    context = market.context(ADA)

    await rates.charge(context, {"messageSend": 2, "orderShip": 1})
    for fields in ({"messageSend": 1}, {"disputeOpen": 2}, {"orderPlace": 2}):
        with pytest.raises(RateLimited):
            await rates.charge(context, fields)
    await rates.charge(context, {"orderShip": 1})
    await rates.charge(market.context(BEN), {"messageSend": 2})


async def test_bad_tokens_are_counted_by_address(market: Market) -> None:
    """R2, A8."""
    async with client(rated(market, bad_tokens=2)) as line:
        bad = {"authorization": "Bearer nonsense"}
        answers = [await line.post("/graphql", json=NOW, headers=bad) for _ in range(3)]
        good = await line.post("/graphql", json=NOW, headers=bearer("ada"))

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert good.status_code == 200


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unix:", "unix:"),
    ],
)
def test_of_ipv6_the_network_is_counted(host: str, counted_as: str) -> None:
    """Whoever has one address of a network has all 2^64 of them."""
    scope = {"type": "http", "client": (host, 1), "headers": []}
    assert address_of(HTTPConnection(scope)) == counted_as


async def test_a_document_that_is_refused_counts_too(market: Market) -> None:
    """R2: so that refusing costs us no more than answering."""
    async with client(rated(market, operations_by_address=1)) as line:
        first = await line.post("/graphql", json={"query": "{ " + "now " * 30 + "}"})
        second = await line.post("/graphql", json=NOW)

    assert first.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert second.status_code == 429


async def test_while_redis_is_away_each_process_counts_by_itself_and_nobody_waits(
    market: Market,
) -> None:
    """R3, J14."""
    away = embedded.valkey_url(embedded.free_port())
    rates = Rates(Quotas(operations=3), away)

    with capture_logs() as logs:
        begun = time.monotonic()
        for _ in range(3):
            await rates.charge(market.context(ADA), {})
        with pytest.raises(RateLimited):
            await rates.charge(market.context(ADA), {})

    await rates.aclose()
    assert time.monotonic() - begun < 2  # four times 0.2 s would do, were it asked each time
    assert [entry["event"] for entry in logs] == ["rates.own"]


async def test_a_redis_that_takes_and_never_answers_is_not_waited_for(market: Market) -> None:
    """R3."""
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as silent:  # the kernel takes the line; nobody reads
        rates = Rates(Quotas(operations=3), embedded.valkey_url(silent.getsockname()[1]))
        async with asyncio.timeout(2):
            await rates.charge(market.context(ADA), {})
        await rates.aclose()


async def test_without_quotas_nothing_is_counted(market: Market) -> None:
    rates = Rates()

    for _ in range(50):
        await rates.charge(market.context(ADA), {"messageSend": 20})
        await rates.charge_bad_token("phone")


async def test_of_many_operations_few_ask_redis_and_no_more_pass_than_may(
    market: Market, counters: str
) -> None:
    """R1, W8: what is bought ahead is counted by then, whichever process bought it."""
    processes = [Rates(Quotas(operations=3_000), counters) for _ in range(3)]
    context, passed = market.context(someone()), Counter[str]()

    async def floods(rates: Rates) -> None:
        for _ in range(1_500):
            try:
                await rates.charge(context, {})
                passed["yes"] += 1
            except RateLimited:
                passed["no"] += 1

    async with counted(counters) as scripts:
        await asyncio.gather(*(floods(rates) for rates in processes for _ in range(2)))
        asked = await scripts()

    assert 3_000 - 3 * 30 <= passed["yes"] <= 3_000
    assert asked - passed["no"] < 3_000 / 10
    for rates in processes:
        await rates.aclose()


async def test_who_comes_seldom_is_not_refused_for_what_was_bought_ahead(
    market: Market, counters: str
) -> None:
    """Ten processes, a few requests at each: hardly more is counted than was asked."""
    processes = [Rates(Quotas(operations=6_000), counters) for _ in range(10)]
    context = market.context(someone())
    for _ in range(5):
        for rates in processes:
            await rates.charge(context, {})

    client = Redis.from_url(counters)
    count = await client.hget(f"ordergraph:rate:operations:{context.actor.user_id}", "count")
    await client.aclose()
    assert 50 <= int(count) <= 250
    for rates in processes:
        await rates.aclose()


def test_what_was_bought_ends_with_its_window_and_is_spent_once() -> None:
    lease = Lease(most=60, ahead=6)
    lease.fill(6, until=100.0)

    assert [lease.spend(4, 99.0), lease.spend(3, 99.0), lease.spend(2, 99.0)] == [True, False, True]
    lease.fill(6, until=100.0)
    assert not lease.spend(1, 100.0)


def test_of_those_who_buy_at_once_one_buys_ahead_and_a_refusal_does_not_make_it_more() -> None:
    lease = Lease(most=20, ahead=6)
    with lease.filling() as first, lease.filling() as second:
        assert (first, second) == (6, 0)
    with pytest.raises(RateLimited), lease.filling() as ahead:
        raise RateLimited("operations", ahead)
    for expected in (12, 20, 20):
        with lease.filling() as ahead:
            assert ahead == expected
