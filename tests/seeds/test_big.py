"""The big market: as many orders as asked for, every rule kept, the same each time."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ordergraph.deadlines import DEADLINES, named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.deadline import remind_at
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.marketplace.models import Reason
from ordergraph.orders import queries as orders
from ordergraph.orders.models import OpenWindow, Order, OrderLine
from ordergraph.payments.models import Payment
from ordergraph.personas import PERSONAS
from ordergraph.refunds.models import Refund
from ordergraph.reminders.models import Reminder
from ordergraph.sweeping import sweep
from ordergraph.wiring import Wiring
from seeds import fates
from seeds.big import BATCH, BUYERS, SELLERS, Plan, copy, fill, number, order_rows
from seeds.fates import FATES, Fate
from seeds.lives import Article, Deal, Life
from tests.conftest import Servers
from tests.market import ADA, LAMPS, NOON, Market, gid
from tests.seeds.audit import faults

ORDER = """
query Q($id: ID!) { order(id: $id) {
    number status paymentStatus total { amount currencyCode }
    lines { title quantity paid { amount } } refunds { status amount { amount } }
    timeline(first: 50) { edges { node { type occurredAt } } } deadlines { kind dueAt } } }"""


async def add(wiring: Wiring, count: int, seed: int = 1) -> list[int]:
    return [loaded async for loaded in fill(wiring, count, seed=seed)]


async def plan(seed: int = 1) -> Plan:
    reasons = {(row.context, row.handle): row for row in await Reason.all()}
    return Plan(seed, NOON, reasons, BUYERS, SELLERS)


async def said(seed: int, places: range) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in vars(row).items() if not name.startswith("_")}
        for row in order_rows(await plan(seed), places)
    ]


async def test_as_many_orders_come_as_were_asked_for(wiring: Wiring) -> None:
    loaded = await add(wiring, BATCH + 100)

    assert loaded == [BATCH, 100]
    assert await Order.all().count() == BATCH + 100
    assert await Payment.all().count() == BATCH + 100
    lines = await OrderLine.all().count()
    assert 2.3 < lines / (BATCH + 100) < 2.7
    assert await OutboxRow.all().count() == 0


async def test_none_is_fine_too(wiring: Wiring) -> None:
    assert await add(wiring, 0) == []
    assert await Order.all().count() == 0


async def test_the_books_balance_and_nothing_is_due(wiring: Wiring, market: Market) -> None:
    await add(wiring, 2_000)

    assert await faults(market.clock.at) == {}
    assert [await sweep(wiring.edge, deadline) for deadline in DEADLINES] == [0] * len(DEADLINES)
    assert await run_errands(wiring.cashier, named_errand("refund.attempt")) == 0
    assert await EventRow.filter(occurred_at__gt=market.clock.at).count() == 0
    inside = Order.filter(status="PROCESSING", cancelable_until__gt=market.clock.at)
    windows = dict(await OpenWindow.all().values_list("order_id", "closes_at"))
    assert windows == dict(await inside.values_list("id", "cancelable_until"))
    assert await Reminder.filter(remind_at__lte=market.clock.at).count() == 0
    for order in await Order.filter(status="PROCESSING"):
        assert order.paid_at is not None
        assert order.ship_by_at is not None
        last = remind_at(order.paid_at, order.ship_by_at, given=1)
        assert await Reminder.exists(id=order.id) is (last is not None and last > market.clock.at)


async def test_most_orders_are_over_and_some_are_in_every_state(wiring: Wiring) -> None:
    await add(wiring, 2_000)

    shares = {
        status: await Order.filter(status=status).count() / 2_000
        for status in ("COMPLETED", "DELIVERED", "SHIPPED", "PROCESSING", "CANCELED", "EXPIRED")
    }
    assert 0.55 < shares["COMPLETED"] < 0.70
    assert all(share > 0.005 for share in shares.values())
    assert sum(shares.values()) == pytest.approx(1)


async def test_a_second_load_goes_on_where_the_first_one_ended(wiring: Wiring) -> None:
    await add(wiring, 200)

    await add(wiring, 200)

    numbers = {row.number for row in await Order.all()}
    assert len(numbers) == 400


async def test_people_whom_one_can_play_have_some_too(wiring: Wiring) -> None:
    await add(wiring, 2_000)

    for someone in PERSONAS:
        if someone.role in {Role.BUYER, Role.SELLER}:
            assert 0 < await orders.visible_to(someone.actor).count() < 100


async def test_a_buyer_reads_such_an_order_like_any_other(wiring: Wiring, market: Market) -> None:
    await add(wiring, 300)
    refund = await Refund.filter(status="SUCCEEDED", attempts=1).order_by("id").first()
    assert refund is not None
    order = await Order.get(id=refund.order_id)
    buyer = Actor(frozenset({Role.BUYER}), order.buyer_id)

    answer = await market.ask(buyer, ORDER, id=gid("Order", order.id))

    seen = answer["order"]
    assert seen["number"] == order.number
    assert seen["total"]["currencyCode"] == order.currency
    assert seen["refunds"][0]["status"] == "SUCCEEDED"
    types = [edge["node"]["type"] for edge in seen["timeline"]["edges"]]
    assert {"order.placed", "order.paid", "refund.succeeded"} <= set(types)


async def test_a_stranger_does_not_see_it(wiring: Wiring, market: Market) -> None:
    await add(wiring, 50)
    order = await Order.exclude(buyer_id=ADA.user_id).order_by("id").first()
    assert order is not None

    answer = await market.ask(ADA, ORDER, id=gid("Order", order.id))

    assert answer["order"] is None


async def test_one_seed_makes_one_market(database: str) -> None:  # noqa: ARG001  (it needs the database)
    assert await said(1, range(40)) == await said(1, range(40))


async def test_another_seed_makes_another_one(database: str) -> None:  # noqa: ARG001  (it needs the database)
    one, other = await said(1, range(40)), await said(2, range(40))

    assert one[0]["number"] != other[0]["number"]
    assert [row.get("id") for row in one] != [row.get("id") for row in other]


def test_no_number_comes_twice_and_all_look_like_ours() -> None:
    numbers = [number(1, place) for place in range(20_000)]

    assert len(set(numbers)) == 20_000
    assert all(len(n) == 9 and n[4] == "-" for n in numbers)


def test_the_shares_of_the_fates_make_a_thousand() -> None:
    assert sum(share.of_thousand for share in FATES) == 1_000


@pytest.mark.parametrize("way", [share.way for share in FATES], ids=lambda way: way.__name__)
@pytest.mark.parametrize("articles", [1, 3])
async def test_every_fate_keeps_the_rules_of_the_database(
    market: Market, clean: str, way: Callable[[Fate], Life], articles: int
) -> None:
    await market.place()  # so that the two know each other
    lived = await living(way, articles)
    connection = await asyncpg.connect(clean)

    await copy(connection, lived.book.close())
    await connection.close()

    assert await faults(market.clock.at) == {}


async def living(way: Callable[[Fate], Life], articles: int = 2) -> Life:
    """One order of Ada's that goes that way."""
    made = await plan()
    assert ADA.user_id is not None
    assert LAMPS.user_id is not None
    goods = [Article(f"S{n}", f"Lamp {n}", n, 3_990, 0, 637) for n in range(1, articles + 1)]
    deal = Deal("2222-3333", ADA.user_id, LAMPS.user_id, "EUR", 490, goods)
    return way(Fate(fates.Random(7), made.reasons, deal, NOON))


def shape(row: Order | Refund) -> dict[str, object]:
    """What can be compared: which columns are filled, and how often the row was changed."""
    fields = {name: getattr(row, name) for name in row._meta.db_fields}
    return {name: value is not None for name, value in fields.items()} | {
        "status": row.status,
        "version": row.version,
    }


async def test_a_completed_order_looks_as_if_the_actions_had_made_it(market: Market) -> None:
    order = await market.place()
    await market.deliver(order)
    market.clock.advance(timedelta(days=15))
    await sweep(market.edge, named("order.protection_ends"))
    await order.refresh_from_db()

    lived = await living(_shipped_in_time)

    assert shape(lived.order) == shape(order)
    assert await _told(order) == [happening.event.type for happening in lived.book.happened]


def _shipped_in_time(fate: Fate) -> Life:
    life = fate.shipped(timedelta(days=30), pack=timedelta(hours=2))
    life.arrive(NOON - timedelta(days=25))
    life.complete()
    return life


async def test_a_refunded_order_looks_as_if_the_actions_had_made_it(market: Market) -> None:
    order = await market.place()
    await market.ask(
        ADA,
        """mutation M($id: ID!) { orderCancel(input: {orderId: $id, reasonHandle: "other"}) {
            __typename } }""",
        id=gid("Order", order.id),
    )
    market.clock.advance(timedelta(days=7))
    await sweep(market.edge, named("refund.due"))
    await run_errands(market.cashier, named_errand("refund.attempt"))
    await order.refresh_from_db()

    lived = await living(fates.refunded)
    refund = next(row for row in lived.book.rows if isinstance(row, Refund))

    assert shape(lived.order) == shape(order)
    assert shape(refund) == shape(await Refund.get(order_id=order.id))
    in_time = sorted(lived.book.happened, key=lambda happening: happening.at)
    assert await _told(order) == [happening.event.type for happening in in_time]


async def _told(order: Order) -> list[str]:
    return [row.type for row in await orders.timeline(order.id).order_by("position")]


async def test_a_gateway_that_moves_real_money_gets_no_made_up_orders(wiring: Wiring) -> None:
    bank: Any = type("Bank", (), {"real_money": True})()

    with pytest.raises(InvalidInput, match="real money"):
        await add(replace(wiring, cashier=replace(wiring.cashier, gateway=bank)), 10)

    assert await Order.all().count() == 0


async def test_the_command_adds_them_and_says_how_far_it_is(clean: str, servers: Servers) -> None:  # noqa: ARG001  (it needs the database)
    env = {name: text for name, text in os.environ.items() if not name.startswith("ORDERGRAPH_")}
    env |= {
        "ORDERGRAPH_DATABASE_URL": servers.database_url,
        "ORDERGRAPH_REDIS_URL": servers.redis_url,
    }

    command = [sys.executable, "-m", "ordergraph.cli", "seed", "--no-market", "--orders", "30"]
    done = await asyncio.to_thread(
        subprocess.run, command, env=env, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "policy 1; 0 new orders" in done.stdout
    assert "30/30 orders" in done.stdout
    assert await Order.all().count() == 30
