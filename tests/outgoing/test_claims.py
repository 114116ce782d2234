"""Claims and what is forgotten: a late worker changes nothing, and nothing is kept for ever."""

import asyncio
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest

from ordergraph.kernel.actor import SYSTEM
from ordergraph.outgoing import actions, meters, queries, replaying
from ordergraph.outgoing.claiming import Room, claim
from ordergraph.outgoing.keyring import Keyring
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import WebhookAttemptOutcome
from ordergraph.outgoing.recording import Answer, record
from ordergraph.outgoing.retention import forget
from tests.market import NOON, OLGA, Market
from tests.outgoing.bench import endpoint, happened, only, outcomes, send
from tests.outgoing.receiver import answer, receiving
from tests.watching import snapshot

LEASE = timedelta(seconds=60)
ROOM = Room(20, 5, {})
TAKEN = Answer(outcome=WebhookAttemptOutcome.DELIVERED, status=200)
REFUSED = Answer(outcome=WebhookAttemptOutcome.REFUSED, status=500)
GONE = Answer(outcome=WebhookAttemptOutcome.GONE, status=410)


async def test_two_workers_at_once_take_each_message_once(market: Market) -> None:
    await endpoint(market, "http://127.0.0.1:9/")
    await happened(market, 4)

    async def take() -> list[str]:
        async with market.edge.transaction(SYSTEM) as tx:
            return [taken.delivery.message_id for taken in await claim(tx, Room(2, 2, {}), LEASE)]

    one, other = await asyncio.gather(take(), take())

    assert len(one) == len(other) == 2
    assert set(one).isdisjoint(other)


async def test_a_worker_that_froze_past_its_lease_records_nothing(market: Market) -> None:
    await endpoint(market, "http://127.0.0.1:9/")
    await happened(market)
    async with market.edge.transaction(SYSTEM) as tx:
        (frozen,) = await claim(tx, ROOM, LEASE)
    market.clock.advance(LEASE)
    async with market.edge.transaction(SYSTEM) as tx:
        (other,) = await claim(tx, ROOM, LEASE)
        assert await record(tx, other, TAKEN)
    before = await snapshot()

    async with market.edge.transaction(SYSTEM) as tx:
        assert not await record(tx, frozen, REFUSED)

    assert await snapshot() == before
    assert await outcomes() == ["UNKNOWN", "DELIVERED"]


async def test_no_endpoint_takes_more_than_its_share(market: Market) -> None:
    rows = [await endpoint(market, f"http://127.0.0.1:{port}/") for port in (9, 10)]
    await happened(market, 5)

    async with market.edge.transaction(SYSTEM) as tx:
        taken = await claim(tx, Room(20, 3, {rows[0].id: 2}), LEASE)

    assert sorted([one.endpoint.id for one in taken].count(row.id) for row in rows) == [1, 3]


async def test_what_is_answered_where_an_endpoint_led_before_is_not_held_against_it(
    market: Market,
) -> None:
    row = await endpoint(market, "http://127.0.0.1:9/")
    await happened(market)
    async with market.edge.transaction(SYSTEM) as tx:
        (taken,) = await claim(tx, ROOM, LEASE)
    async with market.edge.transaction(OLGA) as tx:
        await actions.update(tx, row.id, {"url": "http://127.0.0.1:10/"})

    async with market.edge.transaction(SYSTEM) as tx:
        assert await record(tx, taken, GONE)

    await row.refresh_from_db()
    assert (row.status, row.failing_since) == ("ENABLED", None)
    assert (await only()).status == "PENDING", "it is sent to where it leads now"


async def test_a_new_address_has_failed_at_nothing_and_the_same_one_has(market: Market) -> None:
    row = await endpoint(market, "http://127.0.0.1:9/")
    await happened(market)
    async with market.edge.transaction(SYSTEM) as tx:
        (taken,) = await claim(tx, ROOM, LEASE)
    async with market.edge.transaction(SYSTEM) as tx:
        assert await record(tx, taken, REFUSED)

    async with market.edge.transaction(OLGA) as tx:
        same = await actions.update(tx, row.id, {"url": row.url, "description": "Kiosk"})
    assert same.failing_since == market.clock.at

    async with market.edge.transaction(OLGA) as tx:
        moved = await actions.update(tx, row.id, {"url": "http://127.0.0.1:10/"})
    await row.refresh_from_db()
    assert row.failing_since is moved.failing_since is None


async def test_a_secret_that_no_key_opens_sends_nothing_and_blames_nobody(market: Market) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        await happened(market)

        await send(market, keyring=Keyring([]))

        assert shop.got == []
    await row.refresh_from_db()
    assert row.failing_since is None
    assert await outcomes() == ["UNSIGNED"]
    assert (await only()).status == "PENDING"


async def test_after_thirty_days_nothing_is_left_of_it_whosever_it_was(market: Market) -> None:
    async with receiving(script=[answer(500)]) as shop:
        kept, gone = await endpoint(market, shop.url()), await endpoint(market, shop.url())
        await happened(market)
        await send(market)
    async with market.edge.transaction(OLGA) as tx:
        await actions.delete(tx, gone.id)
    market.clock.advance(timedelta(days=29))
    assert await forget(market.clock.at, limit=10) == 0
    market.clock.advance(timedelta(days=1, seconds=1))
    await happened(market)

    assert await forget(market.clock.at, limit=10) == 2

    assert [row.id for row in await WebhookEndpoint.all()] == [kept.id]
    assert [row.occurred_at for row in await WebhookDelivery.all()] == [market.clock.at]
    assert await WebhookAttempt.all().count() == 0


async def test_a_deleted_endpoint_gets_nothing_and_its_secret_is_gone(market: Market) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        await happened(market)
        async with market.edge.transaction(OLGA) as tx:
            await actions.delete(tx, row.id)
        await happened(market)

        assert await send(market) == 0

    await row.refresh_from_db()
    assert (row.secret, row.old_secret, row.status) == (None, None, "DELETED")


async def test_what_is_deleted_while_a_worker_claims_gets_nothing_least_of_all_unsigned(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_due = queries.take_due

    async def deleted_meanwhile(*args: Any, **named: Any) -> list[WebhookDelivery]:
        found = await take_due(*args, **named)
        await asyncio.create_task(delete(), context=Context())  # in a transaction of its own
        return found

    async def delete() -> None:
        async with market.edge.transaction(OLGA) as tx:
            await actions.delete(tx, row.id)

    monkeypatch.setattr(queries, "take_due", deleted_meanwhile)
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        await happened(market)

        assert await send(market) == 0

        assert shop.got == []


async def test_what_waited_while_it_was_disabled_is_sent_when_it_is_enabled(market: Market) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        await happened(market)
        async with market.edge.transaction(OLGA) as tx:
            await actions.disable(tx, row.id)
        assert await send(market) == 0
        async with market.edge.transaction(OLGA) as tx:
            await actions.enable(tx, row.id)

        assert await send(market) == 1


async def test_a_replay_sends_the_same_message_once_more(market: Market) -> None:
    async with receiving() as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market)
        async with market.edge.transaction(OLGA) as tx:
            await replaying.replay_one(tx, (await only()).id)

        await send(market)

        first, second = shop.got
        assert (first.id, first.body) == (second.id, second.body)
    assert await outcomes() == ["DELIVERED", "DELIVERED"]


async def test_a_span_brings_back_what_was_sent_and_what_was_missed(market: Market) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        await happened(market)
        await send(market)
        async with market.edge.transaction(OLGA) as tx:
            await actions.disable(tx, row.id)
        market.clock.advance(timedelta(hours=1))
        await happened(market, 2)
        async with market.edge.transaction(OLGA) as tx:
            await actions.enable(tx, row.id)
        market.clock.advance(timedelta(hours=1))
        await happened(market)
        await send(market)
        shop.got.clear()

        async with market.edge.transaction(OLGA) as tx:
            _, count = await replaying.replay_span(
                tx, row.id, NOON, NOON + timedelta(hours=1, minutes=30)
            )
        await send(market)

        assert count == 3
        assert len({got.id for got in shop.got}) == 3
        assert {got.said["type"] for got in shop.got} == {"order.paid"}
    assert await WebhookDelivery.all().count() == 4


async def test_the_meters_say_what_waits_how_long_and_what_has_failed(market: Market) -> None:
    assert await meters.read(market.clock.at) == meters.Reading(0, 0.0, 0, 0)
    async with receiving(script=[answer(500)] * 9) as shop:
        rows = [await endpoint(market, shop.url(f"/{n}")) for n in range(3)]
        await happened(market)
        await send(market)
    async with market.edge.transaction(OLGA) as tx:
        await actions.disable(tx, rows[0].id)
    await WebhookDelivery.filter(endpoint_id=rows[1].id).update(
        status="FAILED", next_attempt_at=None
    )
    market.clock.advance(timedelta(hours=1))

    assert await meters.read(market.clock.at) == meters.Reading(1, 3600.0, 1, 1)
