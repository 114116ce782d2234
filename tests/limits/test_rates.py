"""How often somebody may ask (R1, R2), counted by operation, also while Redis is away (R3)."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from structlog.testing import capture_logs

from ordergraph.infra import embedded
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from ordergraph.transports.rates import Quotas, RateLimited, Rates
from tests.api.doors import bearer
from tests.conftest import Servers
from tests.market import ADA, BEN, Market

NOW = {"query": "{ now }"}
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


def rated(market: Market, redis_url: str | None = None, **quotas: int) -> Front:
    return replace(market.front, rates=Rates(Quotas(**quotas), redis_url))


async def test_who_asks_too_often_is_told_when_to_come_back_and_others_are_served(
    market: Market, servers: Servers
) -> None:
    """R1."""
    async with client(rated(market, servers.redis_url, operations=3)) as line:
        answers = [await line.post("/graphql", json=NOW, headers=bearer("ada")) for _ in range(4)]
        other = await line.post("/graphql", json=NOW, headers=bearer("ben"))

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    (error,) = answers[3].json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= error["extensions"]["retryAfter"] <= 60
    assert answers[3].headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert other.status_code == 200


async def test_processes_count_together(market: Market, servers: Servers) -> None:
    """R1, W8."""
    one, other = (rated(market, servers.redis_url, operations_by_address=4) for _ in range(2))
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
