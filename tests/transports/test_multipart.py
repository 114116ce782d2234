"""Apollo's subscriptions over HTTP: parts without an end, in the very words its clients look for."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph.kernel.actor import Role
from ordergraph.transports.multipart import Parts
from tests.api.doors import TOKENS, bearer
from tests.market import Market
from tests.transports.serving import client, code_of
from tests.transports.streaming import APOLLO, live, parts, until_nobody_listens

IOS = 'multipart/mixed;subscriptionSpec="1.0",application/graphql-response+json,application/json'
BARE = "multipart/mixed;subscriptionSpec=1.0"


@pytest.mark.parametrize("accept", [APOLLO, IOS, BARE])
async def test_each_state_is_a_part_that_is_whole_at_once(market: Market, accept: str) -> None:
    """Its boundary follows with it: a reader that waits for the next one would be a change behind."""
    order = await market.place()
    async with parts(market, live(order), bearer("ada"), accept) as stream:
        kind = stream.answer.headers["content-type"]
        first = await stream.part()
        await market.ship(order)
        second = await stream.part()

    assert kind == 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    assert first == {"payload": {"data": {"orderUpdated": {"status": "PROCESSING"}}}}
    assert second == {"payload": {"data": {"orderUpdated": {"status": "SHIPPED"}}}}
    await until_nobody_listens(market)


async def test_heartbeats_are_empty_objects(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Parts, "beat_s", 0.05)
    order = await market.place()
    async with parts(market, live(order), bearer("ada")) as stream:
        said = [await stream.part() for _ in range(4)]

    assert said.count({}) == 3


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"query": "subscription { nothing }"}, "BAD_USER_INPUT"),
        ({"query": "subscription { orderUpdated { id } }"}, "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_run_is_an_error_beside_no_payload(
    market: Market, asked: Any, code: str
) -> None:
    async with parts(market, asked, bearer("ada")) as stream:
        said, end = await stream.part(), await stream.part()

    assert (stream.answer.status_code, end) == (200, None)
    assert said["payload"] is None
    assert said["errors"][0]["extensions"]["code"] == code


async def test_a_subscription_of_nobody_ends_with_what_it_lacks(market: Market) -> None:
    order = await market.place()
    async with parts(market, live(order), {}) as stream:
        said, end = await stream.part(), await stream.part()

    assert end is None
    assert "UNAUTHENTICATED" in str(said)


async def test_a_token_that_runs_out_ends_the_parts(market: Market) -> None:
    order = await market.place()
    token = TOKENS.issue("ada", frozenset({Role.BUYER}), "Ada", timedelta(seconds=2))
    async with parts(market, live(order), {"authorization": f"Bearer {token}"}) as stream:
        _, said, end = await stream.part(), await stream.part(), await stream.part()

    assert said["payload"] is None
    assert said["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert end is None


async def test_a_query_of_such_a_client_is_answered_in_json(market: Market) -> None:
    async with client(market) as line:
        answer = await line.post("/graphql", json={"query": "{ now }"}, headers={"accept": APOLLO})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["data"]["now"]


async def test_what_is_no_request_is_refused_in_json(market: Market) -> None:
    async with client(market) as line:
        answer = await line.post("/graphql", json=[], headers={"accept": APOLLO})

    assert answer.status_code == 400
    assert code_of(answer) == "BAD_REQUEST"
