"""Sweeps: what fell due is found in batches, done once each, and one that fails stands in nobody's way."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph import errands, sweeping
from ordergraph.deadlines import DEADLINES, ERRANDS, named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra import dead_letters
from ordergraph.infra.database import Tx
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.orders import queries
from ordergraph.orders.closing import close_windows
from ordergraph.orders.models import OpenWindow, Order
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from ordergraph.sweeping import sweep, sweep_batch
from tests.market import DAY, NOON, Market
from tests.scripted import cashier
from tests.states import order_in, refund_in
from tests.watching import snapshot

WINDOW = named("order.cancel_window")
DELIVERED = named("order.presumed_delivered")
CLOSED = "order.cancel_window_closed"
ATTEMPT = named_errand("refund.attempt")


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (errands, sweeping):
        monkeypatch.setattr(place, "BATCH", 2)
    monkeypatch.setattr(sweeping, "MANY", 2)


async def _spoil(order: Order) -> None:
    """Its frozen numbers cannot be read any more, so nothing can be computed from them."""
    await connections.get("default").execute_query(
        """UPDATE orders SET policy_numbers = '{"protection_s": "soon"}' WHERE id = $1""",
        [order.id],
    )


async def _statuses() -> list[OrderStatus]:
    return [order.status for order in await Order.all().order_by("id")]


@pytest.mark.usefixtures("small_batches")
async def test_everything_that_fell_due_is_done_batch_after_batch(market: Market) -> None:
    for _ in range(5):
        await market.place()
    market.clock.advance(DAY)

    done = await sweep(market.edge, WINDOW)

    assert done == 5
    assert await EventRow.filter(type=CLOSED).count() == 5
    assert await sweep(market.edge, WINDOW) == 0


@pytest.mark.usefixtures("small_batches")
async def test_one_that_fails_is_logged_left_as_it_was_and_in_nobodys_way(market: Market) -> None:
    """J10."""
    orders = [await order_in(market, OrderStatus.SHIPPED) for _ in range(5)]
    poisoned = [orders[0], orders[1], orders[3]]
    for order in poisoned:
        await _spoil(order)
    market.clock.advance(30 * DAY)

    with capture_logs() as logs:
        done = await sweep(market.edge, DELIVERED)

    S, D = OrderStatus.SHIPPED, OrderStatus.DELIVERED  # noqa: N806  (as in a table)
    assert done == 2
    assert await _statuses() == [S, S, D, S, D]
    assert {entry["row"] for entry in logs} == {str(order.id)[-8:] for order in poisoned}
    assert {entry["event"] for entry in logs} == {"work.failed"}
    told = await EventRow.filter(type="order.delivered")
    assert {row.order_id for row in told} == {orders[2].id, orders[4].id}
    waiting = {row.event_id for row in await OutboxRow.all()}
    assert {row.id for row in told} <= waiting


async def test_what_failed_rests_a_moment_and_is_tried_again(market: Market) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    numbers = order.policy_numbers
    await _spoil(order)
    market.clock.advance(30 * DAY)
    assert await sweep(market.edge, DELIVERED) == 0
    await Order.filter(id=order.id).update(policy_numbers=numbers)

    assert await sweep(market.edge, DELIVERED) == 0
    market.clock.advance(dead_letters.PAUSES[0])

    assert await sweep(market.edge, DELIVERED) == 1
    assert not await DeadLetter.exists()


async def test_a_row_that_somebody_holds_is_skipped_and_found_the_next_time(
    market: Market,
) -> None:
    order, free = await market.place(), await market.place()
    market.clock.advance(DAY)

    async with in_transaction():
        await Order.select_for_update().get(id=order.id)
        # a task of another context: it must not share the transaction that is open here
        done = await asyncio.create_task(sweep(market.edge, WINDOW), context=Context())

    assert done == 1
    assert await EventRow.filter(type=CLOSED).values_list("order_id", flat=True) == [free.id]
    assert await sweep(market.edge, WINDOW) == 1


async def _ship(*order_ids: UUID) -> None:
    await Order.filter(id__in=order_ids).update(status=OrderStatus.SHIPPED, shipped_at=NOON)


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
async def test_nothing_is_said_of_a_window_whose_order_has_left(
    market: Market, *, together: bool
) -> None:
    """It was found, and before it was locked the seller shipped it."""
    order, waits = await market.place(), await market.place()
    market.clock.advance(DAY)

    async def shipped_meanwhile(row_id: UUID) -> Order | None:
        await _ship(order.id)
        return await queries.claim(row_id)

    async def all_shipped_meanwhile(tx: Tx, row_ids: Sequence[UUID]) -> list[UUID]:
        await _ship(order.id)
        return await close_windows(tx, row_ids)

    many = all_shipped_meanwhile if together else None
    done = await sweep(market.edge, replace(WINDOW, hold=shipped_meanwhile, together=many))

    assert done == 1
    assert await EventRow.filter(type=CLOSED).values_list("order_id", flat=True) == [waits.id]
    assert not await OpenWindow.exists()


async def test_a_window_that_was_moved_since_it_was_found_stays_open(market: Market) -> None:
    order = await market.place()
    market.clock.advance(DAY)

    async def moved_meanwhile(tx: Tx, row_ids: Sequence[UUID]) -> list[UUID]:
        await Order.filter(id=order.id).update(cancelable_until=tx.now + DAY)
        return await close_windows(tx, row_ids)

    assert await sweep(market.edge, replace(WINDOW, together=moved_meanwhile)) == 0
    assert await WINDOW.soonest(NOON) == NOON + 2 * DAY


async def test_two_sweeps_at_once_do_everything_once(market: Market) -> None:
    orders = [await market.place() for _ in range(12)]
    market.clock.advance(DAY)

    done = await asyncio.gather(*(sweep(market.edge, WINDOW) for _ in range(3)))

    assert await sweep(market.edge, WINDOW) + sum(done) == 12
    told = await EventRow.filter(type=CLOSED)
    assert sorted(row.order_id for row in told) == sorted(order.id for order in orders)


async def test_a_late_worker_catches_up_with_everything(market: Market) -> None:
    """J1: nobody swept for a month."""
    order = await market.place()
    market.clock.advance(30 * DAY)

    for deadline in DEADLINES:
        await sweep(market.edge, deadline)
    await run_errands(market.cashier, ATTEMPT)

    await order.refresh_from_db()
    assert order.status is OrderStatus.CANCELED
    assert (await Refund.get(order_id=order.id)).status is RefundStatus.SUCCEEDED


async def test_the_longest_overdue_comes_first_and_what_rests_does_not_come(
    market: Market,
) -> None:
    placed = []
    for _ in range(3):
        placed.append((await market.place()).id)
        market.clock.advance(timedelta(minutes=1))
    later = NOON + 2 * DAY

    assert await WINDOW.find(later, 2) == placed[:2]
    assert await WINDOW.find(NOON + DAY, 9) == placed[:1]
    await dead_letters.failed(WINDOW.name, placed[0], ValueError(), later)
    assert await WINDOW.find(later, 9) == placed[1:]


async def test_the_soonest_deadline_after_a_moment(market: Market) -> None:
    assert await WINDOW.soonest(NOON) is None
    await market.place()

    assert await WINDOW.soonest(NOON) == NOON + DAY
    assert await WINDOW.soonest(NOON + DAY) is None


async def test_a_batch_without_anything_due_writes_nothing(market: Market) -> None:
    await market.place()
    before = await snapshot()

    swept = await sweep_batch(market.edge, WINDOW)

    assert (swept.found, swept.done) == (0, [])
    assert await snapshot() == before


async def test_an_errand_that_fails_is_logged_and_the_others_are_run(market: Market) -> None:
    orders = [await market.place(paid=False) for _ in range(3)]
    teller, gateway = cashier(market)
    market.clock.advance(timedelta(minutes=30))

    async def fails_once() -> None:
        gateway.during = _nothing
        raise ValueError

    gateway.during = fails_once

    with capture_logs() as logs:
        found = await run_errands(teller, named_errand("order.payment_due"))

    assert found == 3
    assert [entry["event"] for entry in logs] == ["work.failed"]
    left = await Order.filter(status=OrderStatus.PENDING_PAYMENT)
    assert len(left) == 1
    assert left[0].id in {order.id for order in orders}
    market.clock.advance(dead_letters.PAUSES[0])
    assert await run_errands(teller, named_errand("order.payment_due")) == 1


async def _nothing() -> None:
    """No more of it."""


async def test_only_a_few_errands_are_run_at_once(market: Market) -> None:
    for _ in range(4):
        await refund_in(market, RefundStatus.SCHEDULED)
    market.clock.advance(7 * DAY)
    await sweep(market.edge, named("refund.due"))
    teller, gateway = cashier(market)
    pair = asyncio.Barrier(2)
    inside = [0]

    async def two_by_two() -> None:
        inside.append(inside[-1] + 1)
        await pair.wait()  # never fewer than two, or this would not go on
        inside.append(inside[-1] - 1)

    gateway.during = two_by_two

    assert await run_errands(replace(teller, at_once=2), ATTEMPT) == 4
    assert max(inside) == 2
    assert await Refund.filter(status=RefundStatus.SUCCEEDED).count() == 4


@pytest.mark.parametrize("errand", ERRANDS, ids=lambda errand: str(errand.name))
async def test_an_errand_without_work_asks_nobody(market: Market, errand: Any) -> None:
    teller, gateway = cashier(market)

    assert await run_errands(teller, errand) == 0
    assert gateway.calls == []
