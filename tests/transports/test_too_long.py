"""An answer that nobody would read to its end is an error instead, whichever way it goes out (Q6)."""

from typing import Any

import pytest

from ordergraph.transports import answers
from tests.api.doors import bearer
from tests.market import Market, gid
from tests.transports.lines import phone
from tests.transports.serving import client
from tests.transports.streaming import events, live, parts
from tests.transports.test_broadcasts import process

FOLLOWED = "subscription Q($id: ID!) { orderUpdated(orderId: $id) { id number placedAt } }"
LONG = "{ " + " ".join(f"now{n}: now" for n in range(20)) + " }"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 60)


def refused(told: Any) -> bool:
    """Whether this is the answer that tells the limit, and nothing else."""
    (error,) = told["errors"]
    extensions = error["extensions"]
    named = (extensions["code"], extensions["limit"], extensions["maximum"])
    return told["data"] is None and named == ("LIMIT_EXCEEDED", "bytes", 60)


@pytest.mark.parametrize("media", ["application/json", "application/graphql-response+json"])
async def test_over_http(market: Market, media: str) -> None:
    async with client(market) as line:
        headers = {"accept": media}
        long = await line.post("/graphql", json={"query": LONG}, headers=headers)
        short = await line.post("/graphql", json={"query": "{ now }"}, headers=headers)

    assert (long.status_code, short.status_code) == (200, 200)
    assert refused(long.json())
    assert "errors" not in short.json()


async def test_as_an_event(market: Market) -> None:
    async with events(market, {"query": LONG}, bearer("ada")) as stream:
        kind, told = await stream.event()

    assert kind == "next"
    assert refused(told)


async def test_as_a_part(market: Market) -> None:
    order = await market.place()
    asked = live(order)
    asked["query"] = asked["query"].replace("status", "status buyer { id displayName } placedAt")
    async with parts(market, asked, bearer("ada")) as stream:
        told = await stream.part()

    assert refused(told["payload"])


@pytest.mark.parametrize("document", [LONG, FOLLOWED], ids=["one's own", "broadcast"])
async def test_over_a_socket(market: Market, document: str) -> None:
    order = await market.place()
    async with process(market) as place, phone(place.url) as line:
        await line.init(**bearer("ada"))
        await line.subscribe(document, id=gid("Order", order.id))
        told = await line.hear()

        assert told["type"] == "next"
        assert refused(told["payload"])
