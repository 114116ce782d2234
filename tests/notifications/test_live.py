"""The live feed: what comes from now on, or from a cursor on, without a gap."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from uuid_utils.compat import uuid7

from ordergraph.kernel.actor import Actor, Role
from ordergraph.notifications.graphql import FEED as KEY
from ordergraph.notifications.graphql import REPLAYED_AT_ONCE
from ordergraph.notifications.models import Notification
from tests.market import ADA, LAMPS, NOON, Market
from tests.notifications.feed import ADDED, FEED, cancel, tell

SOON_S = 5.0


@asynccontextmanager
async def listening(
    market: Market, actor: Actor | None, after: str | None = None
) -> AsyncIterator[Any]:
    stream = await market.listen(actor, ADDED, after=after)
    try:
        yield stream
    finally:
        await stream.aclose()


async def coming(stream: Any) -> Any:
    """The next thing that comes; nudged, so long before a listener looks again by itself."""
    result = await asyncio.wait_for(anext(stream), SOON_S)
    assert result.errors is None, result.errors
    return result.data["notificationAdded"]


async def test_without_a_cursor_only_what_is_told_from_now_on_comes(market: Market) -> None:
    await market.place()
    await tell(market)
    async with listening(market, LAMPS) as stream:
        first = asyncio.create_task(coming(stream))
        await asyncio.sleep(0.1)
        order = await market.place()
        await tell(market)

        added = await first

        assert added["node"]["type"] == "order.paid"
        assert added["node"]["order"]["number"] == order.number
        await cancel(market, order)
        await tell(market)
        assert (await coming(stream))["node"]["type"] == "order.canceled"


async def test_after_a_cursor_everything_missed_comes_first_oldest_first(market: Market) -> None:
    orders = [await market.place() for _ in range(4)]
    await tell(market)
    answer = await market.ask(LAMPS, FEED)
    oldest = answer["viewer"]["notifications"]["edges"][-1]["cursor"]
    async with listening(market, LAMPS, oldest) as stream:
        missed = [(await coming(stream))["node"]["order"]["number"] for _ in range(3)]

        assert missed == [order.number for order in orders[1:]]
        await cancel(market, orders[0])
        await tell(market)
        assert (await coming(stream))["node"]["type"] == "order.canceled"


async def test_the_cursor_of_each_one_continues_after_it(market: Market) -> None:
    orders = [await market.place() for _ in range(3)]
    await tell(market)
    async with listening(market, LAMPS, KEY.cursor(Notification(position=0))) as stream:
        first = await coming(stream)

    async with listening(market, LAMPS, first["cursor"]) as stream:
        second = await coming(stream)

    assert first["node"]["order"]["number"] == orders[0].number
    assert second["node"]["order"]["number"] == orders[1].number


async def test_a_long_absence_is_replayed_batch_by_batch(market: Market) -> None:
    order = await market.place()
    many = REPLAYED_AT_ONCE * 2 + 5
    await Notification.bulk_create(
        Notification(
            user_id=LAMPS.user_id,
            position=position,
            side=Role.SELLER,
            event_id=uuid7(),
            type="order.canceled",
            actor_role=Role.BUYER,
            order_id=order.id,
            order_number=order.number,
            created_at=NOON,
        )
        for position in range(1, many + 1)
    )
    async with listening(market, LAMPS, KEY.cursor(Notification(position=0))) as stream:
        cursors = [(await coming(stream))["cursor"] for _ in range(many)]

    assert [KEY.place(cursor) for cursor in cursors] == [[n] for n in range(1, many + 1)]


async def test_another_ones_news_do_not_come(market: Market) -> None:
    async with listening(market, ADA) as stream:
        waiting = asyncio.create_task(coming(stream))
        await asyncio.sleep(0.1)
        order = await market.place()
        await tell(market)
        market.hub.publish([f"user:{ADA.user_id}"])  # even when nudged
        await asyncio.sleep(0.1)

        assert not waiting.done()
        await cancel(market, order, LAMPS)
        await tell(market)
        assert (await waiting)["node"]["type"] == "order.canceled"


async def test_a_listener_that_leaves_leaves_nothing_behind(market: Market) -> None:
    await market.place()
    await tell(market)
    async with listening(market, LAMPS, KEY.cursor(Notification(position=0))) as stream:
        await coming(stream)
        assert list(market.hub.listeners) == [f"user:{LAMPS.user_id}"]

    assert not market.hub.listeners


async def test_what_is_no_cursor_is_refused(market: Market) -> None:
    async with listening(market, LAMPS, "not a cursor") as stream:
        result = await anext(stream)

    assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"
    assert not market.hub.listeners


async def test_a_cursor_of_a_longer_feed_is_refused(market: Market) -> None:
    """Another's, say: whoever waited there would miss what comes before."""
    await market.place()
    await tell(market)
    async with listening(market, LAMPS, KEY.cursor(Notification(position=2))) as stream:
        result = await anext(stream)

    assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_nobody_hears_nothing(market: Market) -> None:
    async with listening(market, None) as stream:
        result = await anext(stream)

    assert result.errors[0].extensions["code"] == "UNAUTHENTICATED"
