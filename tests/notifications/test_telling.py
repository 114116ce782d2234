"""Who is told what, and that it is told once."""

import asyncio

from tortoise.transactions import in_transaction

from ordergraph import telling
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.notifications.models import Notification
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market, gid
from tests.notifications.feed import RELEASE, cancel, feed, tell, tell_all_again, types


async def test_the_seller_is_told_of_a_new_order_once_it_is_paid(market: Market) -> None:
    order = await market.place()

    await tell(market)

    (told,) = await feed(market, LAMPS)
    assert told["type"] == "order.paid"
    assert told["title"] == f"New order {order.number} is paid: you can ship it."
    assert await feed(market, ADA) == []


async def test_the_seller_is_told_of_a_cancellation(market: Market) -> None:
    order = await market.place()
    await cancel(market, order)

    await tell(market)

    told = (await feed(market, LAMPS))[0]
    assert told["type"] == "order.canceled"
    assert told["title"] == f"The buyer canceled order {order.number}."
    assert told["side"] == "SELLER"
    assert told["createdAt"] == "2026-11-23T12:00:00.000Z"
    assert told["readAt"] is None
    assert told["order"] == {"id": gid("Order", order.id), "number": order.number}


async def test_the_title_comes_in_the_language_of_the_reader(market: Market) -> None:
    order = await market.place()
    await cancel(market, order)
    await tell(market)

    (told,) = (
        await market.ask(
            LAMPS, "{ viewer { notifications(first: 1) { nodes { title } } } }", language="de"
        )
    )["viewer"]["notifications"]["nodes"]

    assert told["title"] == f"Der Käufer hat Bestellung {order.number} storniert."


async def test_the_buyer_is_told_of_a_released_refund(market: Market) -> None:
    order = await market.place()
    refund_id = await cancel(market, order)
    await tell(market)

    await market.ask(LAMPS, RELEASE, id=refund_id)
    await tell(market)

    (told,) = await feed(market, ADA)
    assert told["type"] == "refund.released"
    assert told["title"] == f"The seller released the refund for order {order.number}."
    assert "refund.released" not in await types(market, LAMPS)


async def test_nobody_is_told_of_their_own_doing(market: Market) -> None:
    order = await market.place()
    await cancel(market, order, LAMPS)

    await tell(market)

    assert await types(market, LAMPS) == ["order.paid"]
    assert await types(market, ADA) == ["refund.scheduled", "order.canceled"]


async def test_what_an_operator_does_is_told_to_both_sides(market: Market) -> None:
    order = await market.place()
    refund_id = await cancel(market, order)
    await market.ask(OLGA, RELEASE, id=refund_id)

    await tell(market)

    assert "refund.released" in await types(market, ADA)
    assert "refund.released" in await types(market, LAMPS)
    assert await feed(market, OLGA) == []


async def test_strangers_are_told_nothing(market: Market) -> None:
    await cancel(market, await market.place())

    await tell(market)

    assert await feed(market, BEN) == []
    assert await feed(market, PAPER) == []


async def test_what_is_told_twice_is_written_once(market: Market) -> None:
    await cancel(market, await market.place())
    await tell(market)
    before = await feed(market, LAMPS)
    await tell_all_again()

    again = await tell(market)

    assert again == await EventRow.all().count()
    assert await feed(market, LAMPS) == before
    assert await OutboxRow.all().count() == 0


async def test_a_person_who_was_told_before_is_not_nudged_again(market: Market) -> None:
    await cancel(market, await market.place())
    await tell(market)

    async with in_transaction():
        topics = (await telling.tell(await EventRow.all(), market.clock.at)).topics

    assert not any(topic.startswith("user:") for topic in topics)
    assert any(topic.startswith("order:") for topic in topics)


async def test_two_workers_that_tell_the_same_write_it_once(market: Market) -> None:
    for _ in range(5):
        await cancel(market, await market.place())
    await tell_all_again()  # each event waits twice now

    told = await asyncio.gather(
        *(telling.deliver(market.hub, market.clock, limit=7) for _ in range(12))
    )

    assert sum(told) == await EventRow.all().count() * 2
    assert sorted(await types(market, LAMPS)) == ["order.canceled"] * 5 + ["order.paid"] * 5
    rows = await Notification.filter(user_id=LAMPS.user_id)
    assert sorted(row.position for row in rows) == list(range(1, 11))


async def test_a_later_teller_waits_so_that_no_reader_passes_an_earlier_one(
    market: Market,
) -> None:
    await cancel(market, await market.place())
    paid_and_canceled = EventRow.filter(type__in=["order.paid", "order.canceled"])
    (first, *others) = await paid_and_canceled.order_by("position")
    holds, done = asyncio.Event(), list[str]()

    async def earlier() -> None:
        async with in_transaction():
            await telling.tell([first], market.clock.at)
            holds.set()
            await asyncio.sleep(0.2)
            done.append("earlier")

    async def later() -> None:
        await holds.wait()
        async with in_transaction():
            await telling.tell(others, market.clock.at)
            done.append("later")

    await asyncio.gather(earlier(), later())

    assert done == ["earlier", "later"]
    rows = await Notification.filter(user_id=LAMPS.user_id).order_by("position")
    assert [row.event_id for row in rows] == [first.id, others[0].id]


async def test_an_event_that_concerns_nobody_writes_nothing(market: Market) -> None:
    await market.place(paid=False)

    assert await tell(market) == 1

    assert await Notification.all().count() == 0


async def test_what_only_a_newer_version_can_word_leaves_the_feed_whole(market: Market) -> None:
    """During an upgrade old processes show what new workers have told."""
    order = await market.place()
    await cancel(market, order)
    await tell(market)
    await Notification.filter(type="order.canceled").update(type="order.teleported")

    told = [(node["type"], node["title"]) for node in await feed(market, LAMPS)]

    assert told == [
        ("order.teleported", f"There is news about order {order.number}."),
        ("order.paid", f"New order {order.number} is paid: you can ship it."),
    ]
