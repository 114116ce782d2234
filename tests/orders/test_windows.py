"""Cancel windows that are open: who opens one, who ends it, and an installation that knew no such table."""

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise import connections

from ordergraph.deadlines import named
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import OpenWindow, Order
from ordergraph.sweeping import sweep
from tests.conftest import Servers
from tests.market import ADA, DAY, LAMPS, NOON, Market
from tests.migrating import migrate_to
from tests.orders.commands import do
from tests.tour.installation import create_database

WINDOW = named("order.cancel_window")
END_AS_BEFORE = """
UPDATE orders SET window_closed_at = $2, version = version + 1
WHERE id = $1 AND status = 'PROCESSING' AND window_closed_at IS NULL RETURNING id"""
"""What a worker of the version before does, which then tells of the rows that it is given back."""
ORDER = """
INSERT INTO orders (id, number, buyer_id, seller_id, status, version, currency, total_minor,
                    shipping_minor, policy_version, policy_numbers, placed_at, payment_due_at,
                    paid_at, cancelable_until, window_closed_at, shipped_at)
VALUES ($1, $2, gen_random_uuid(), gen_random_uuid(), $3::text, 1, 'EUR', 1000, 0, 1, '{}', now(), now(),
        now(), $4, CASE WHEN $5::bool THEN now() END, CASE $3 WHEN 'SHIPPED' THEN now() END)"""
OPEN = "SELECT order_id, closes_at FROM open_windows"
STANDS_OPEN = "SELECT id FROM orders WHERE status = 'PROCESSING' AND window_closed_at IS NULL"


async def _open() -> dict[UUID, object]:
    return {row.order_id: row.closes_at for row in await OpenWindow.all()}


async def _end_as_before(order: Order) -> list[dict[str, object]]:
    values = [order.id, NOON + DAY]
    return await connections.get("default").execute_query_dict(END_AS_BEFORE, values)


async def test_paying_an_order_opens_its_window(market: Market) -> None:
    await market.place(paid=False)
    paid = await market.place()

    assert await _open() == {paid.id: NOON + DAY}


async def test_an_hour_that_is_moved_moves_the_window(market: Market) -> None:
    order = await market.place()

    await Order.filter(id=order.id).update(cancelable_until=NOON + 2 * DAY)

    assert await _open() == {order.id: NOON + 2 * DAY}


@pytest.mark.parametrize(("who", "move"), [(LAMPS, "SHIP"), (ADA, "CANCEL")])
async def test_an_order_that_leaves_or_is_canceled_has_none(
    market: Market, who: Actor, move: str
) -> None:
    order, other = await market.place(), await market.place()
    await order.save()  # all columns, and no change: it stays open
    assert await _open() == {order.id: NOON + DAY, other.id: NOON + DAY}

    await do(market, who, move, order)

    assert await _open() == {other.id: NOON + DAY}


async def test_a_worker_of_the_version_before_ends_a_window_for_both(market: Market) -> None:
    order = await market.place()
    market.clock.advance(DAY)

    assert await _end_as_before(order) == [{"id": order.id}]

    assert await sweep(market.edge, WINDOW) == 0


async def test_a_worker_of_the_version_before_ends_none_that_was_ended(market: Market) -> None:
    order = await market.place()
    market.clock.advance(DAY)
    assert await sweep(market.edge, WINDOW) == 1

    assert await _end_as_before(order) == []

    assert await EventRow.filter(type="order.cancel_window_closed").count() == 1


@pytest.mark.timeout(180)
async def test_windows_that_stand_open_are_taken_over_and_given_back(servers: Servers) -> None:
    url = await create_database(servers.database_url, "before_open_windows")
    await migrate_to(url, "models.0023_ended_unpaid")
    connection = await asyncpg.connect(url)
    now = await connection.fetchval("SELECT now()")
    await connection.execute("SET session_replication_role = replica")  # there are no people here

    async def write(status: str, closes_in: timedelta, *, closed: bool) -> UUID:
        id_ = uuid4()
        await connection.execute(ORDER, id_, str(id_)[:9], status, now + closes_in, closed)
        return id_

    stands_open = await write("PROCESSING", DAY, closed=False)
    overdue = await write("PROCESSING", -DAY, closed=False)
    await write("PROCESSING", -DAY, closed=True)
    await write("SHIPPED", DAY, closed=True)
    await connection.close()

    await migrate_to(url)

    connection = await asyncpg.connect(url)
    found = dict(await connection.fetch(OPEN))
    assert found == {stands_open: now + DAY, overdue: now - DAY}
    await connection.execute("DELETE FROM open_windows WHERE order_id = $1", overdue)
    await connection.close()

    await migrate_to(url, "models.0023_ended_unpaid")

    connection = await asyncpg.connect(url)
    assert [row["id"] for row in await connection.fetch(STANDS_OPEN)] == [stands_open]
    await connection.close()
