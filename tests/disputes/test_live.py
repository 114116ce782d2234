"""Disputes and threads, live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ordergraph.disputes import doors
from ordergraph.disputes.models import Dispute, Message
from ordergraph.disputes.types import THREAD
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.disputes.documents import moved, opened, sent
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market

UPDATED = """
subscription Updated($id: ID!) {
  disputeUpdated(disputeId: $id) { status messageCount outcome unreadCount }
}"""
ADDED = """
subscription Added($id: ID!, $after: String) {
  messageAdded(disputeId: $id, after: $after) { cursor node { body authorRole } }
}"""


@asynccontextmanager
async def listening(
    market: Market, actor: Actor | None, document: str, **variables: Any
) -> AsyncIterator[Any]:
    stream = await market.listen(actor, document, **variables)
    try:
        yield stream
    finally:
        await stream.aclose()


async def next_of(stream: Any) -> Any:
    async with asyncio.timeout(5):
        result = await anext(stream)
    assert result.errors is None, result.errors
    return next(iter(result.data.values()))


async def ends(stream: Any) -> bool:
    """Whether it ends now, as if there were no such dispute."""
    async with asyncio.timeout(5):
        (last,) = [result async for result in stream]
    return bool(last.errors[0].extensions == {"code": "NOT_FOUND"})


async def test_the_dispute_comes_as_it_stands_and_again_with_each_change(market: Market) -> None:
    id_ = (await opened(market))["id"]

    async with listening(market, ADA, UPDATED, id=id_) as stream:
        assert (await next_of(stream))["status"] == "AWAITING_SELLER"
        await sent(market, LAMPS, id_, "Hello.")
        told = await next_of(stream)
        assert (told["messageCount"], told["unreadCount"]) == (1, 1)
        await moved(market, LAMPS, "disputeAccept", id_)
        assert (await next_of(stream))["outcome"] == "REFUNDED_FULL"
    assert not market.hub.listeners


async def test_messages_are_replayed_from_the_beginning_and_then_come_live(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "REPLAY", 2)
    id_ = (await opened(market))["id"]
    for n in range(5):
        await sent(market, ADA, id_, str(n))

    async with listening(market, LAMPS, ADDED, id=id_) as stream:
        replayed = [(await next_of(stream))["node"]["body"] for _ in range(5)]
        await sent(market, LAMPS, id_, "5")
        live = await next_of(stream)

    assert replayed == list("01234")
    assert live["node"] == {"body": "5", "authorRole": "SELLER"}
    assert not market.hub.listeners


async def test_after_a_lost_connection_the_feed_goes_on_behind_the_cursor(market: Market) -> None:
    id_ = (await opened(market))["id"]
    cursor = (await sent(market, ADA, id_, "before"))["edge"]["cursor"]
    await sent(market, ADA, id_, "while away")

    async with listening(market, LAMPS, ADDED, id=id_, after=cursor) as stream:
        missed = await next_of(stream)

    assert missed["node"]["body"] == "while away"


async def test_a_burst_of_messages_arrives_complete_and_in_order(market: Market) -> None:
    id_ = (await opened(market))["id"]

    async with listening(market, OLGA, ADDED, id=id_) as stream:

        async def write() -> None:
            for n in range(30):
                await sent(market, (ADA, LAMPS)[n % 2], id_, str(n))

        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            bodies = [(await next_of(stream))["node"]["body"] for _ in range(30)]

    assert bodies == [str(n) for n in range(30)]


@pytest.mark.parametrize("document", [UPDATED, ADDED])
async def test_a_stranger_hears_nothing(market: Market, document: str) -> None:
    id_ = (await opened(market))["id"]
    await sent(market, ADA, id_, "Hello.")

    for stranger in (BEN, PAPER):
        async with listening(market, stranger, document, id=id_) as stream:
            assert await ends(stream)
    assert not market.hub.listeners


@pytest.mark.parametrize("document", [UPDATED, ADDED])
async def test_who_may_no_longer_see_it_hears_no_more(market: Market, document: str) -> None:
    await market.place(buyer=BEN)
    id_ = (await opened(market))["id"]
    await sent(market, ADA, id_, "Hello.")

    async with listening(market, ADA, document, id=id_) as stream:
        await next_of(stream)
        dispute = await Dispute.get()
        await Order.filter(id=dispute.order_id).update(buyer_id=BEN.user_id)
        await sent(market, LAMPS, id_, "Not for Ada.")
        assert await ends(stream)


async def test_a_cursor_of_something_else_is_bad_input(market: Market) -> None:
    id_ = (await opened(market))["id"]

    async with listening(market, ADA, ADDED, id=id_, after="nonsense") as stream:
        result = await anext(stream)

    assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_a_cursor_behind_the_end_is_none_of_this_thread(market: Market) -> None:
    """Whoever waited there would miss what comes before."""
    id_ = (await opened(market))["id"]
    cursor = (await sent(market, ADA, id_, "the last one"))["edge"]["cursor"]
    made_up = THREAD.cursor(Message(position=THREAD.place(cursor)[0] + 1))

    async with listening(market, ADA, ADDED, id=id_, after=made_up) as stream:
        result = await anext(stream)

    assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_of_a_replay_nothing_is_told_to_who_may_see_it_no_longer(market: Market) -> None:
    """A1: asked before each message, not before each page of them."""
    await market.place(buyer=BEN)
    id_ = (await opened(market))["id"]
    for n in range(3):
        await sent(market, ADA, id_, str(n))

    async with listening(market, ADA, ADDED, id=id_) as stream:
        await next_of(stream)
        dispute = await Dispute.get()
        await Order.filter(id=dispute.order_id).update(buyer_id=BEN.user_id)

        assert await ends(stream)
