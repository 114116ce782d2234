"""Reconciling our own books: clean whatever happens, and every planted difference is found (L3)."""

import asyncio
from datetime import timedelta

import pytest

from ordergraph.books import comparing
from ordergraph.books.process import MOST_KEPT, Difference, DifferenceKind
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.process import RefundStatus
from ordergraph.wiring import Wiring
from seeds import load
from seeds.big import fill
from tests.books.audit import auditor, found, last, tamper
from tests.market import DAY, Market
from tests.states import cancel, order_in, refund_in

S, R = OrderStatus, RefundStatus
# fmt: off
IN_AN_ORDER = [
    # an order that is   gets this planted (… being its own rows)                which is found as
    (S.PROCESSING, "UPDATE ledger_entries SET amount_minor = 1 WHERE …",         "POSTING_UNBALANCED"),
    (S.PROCESSING, "DELETE FROM ledger_entries WHERE …",                         "PAYMENT_LEDGER"),
    (S.PROCESSING, "UPDATE ledger_entries SET currency = 'JPY' WHERE …",         "PAYMENT_LEDGER"),
    (S.PROCESSING, "UPDATE payments SET captured_minor = 9000 WHERE …",          "PAYMENT_LEDGER"),
    (S.PROCESSING, "UPDATE payments SET platform_cost_minor = 1 WHERE …",        "PAYMENT_LEDGER"),
    (S.COMPLETED,  "UPDATE payments SET paid_out_minor = 1 WHERE …",             "PAYMENT_LEDGER"),
    (S.COMPLETED,  "UPDATE payments SET paid_out_minor = 1 WHERE …",             "PAID_OUT"),
    (S.DELIVERED,  "UPDATE orders SET status = 'COMPLETED' WHERE id = $1",       "PAID_OUT"),
    (S.COMPLETED,  "UPDATE orders SET status = 'DELIVERED' WHERE id = $1",       "PAID_OUT"),
    (S.SHIPPED,    "UPDATE events SET data = '{}' WHERE … AND position = 1",     "TIMELINE"),
    (S.SHIPPED,    "UPDATE events SET occurred_at = now() WHERE … AND position = 2", "TIMELINE"),
    (S.SHIPPED,    "DELETE FROM events WHERE … AND position = 2",                "TIMELINE"),
    (S.SHIPPED,    "DELETE FROM events WHERE …",                                 "TIMELINE"),
]
IN_A_REFUND = [
    (R.SCHEDULED,  "UPDATE refunds SET status = 'CANCELED' WHERE id = $1",       "PAYMENT_REFUNDS"),
    (R.SCHEDULED,  "UPDATE refunds SET amount_minor = 1 WHERE id = $1",          "PAYMENT_REFUNDS"),
    (R.SUCCEEDED,  "UPDATE refunds SET amount_minor = 1 WHERE id = $1",          "SETTLED_AMOUNT"),
    (R.SUCCEEDED,  "UPDATE refunds SET status = 'FAILED', settled_at = NULL WHERE id = $1", "SETTLED_AMOUNT"),
    (R.SUCCEEDED,  "UPDATE refunds SET method = 'STORE_CREDIT' WHERE id = $1",   "SETTLED_TIMES"),
    (R.SUCCEEDED,  "UPDATE ledger_entries SET refund_id = NULL WHERE …",         "SETTLED_TIMES"),
    (R.SUCCEEDED,  "UPDATE ledger_entries SET posting_id = id WHERE …",          "POSTING_UNBALANCED"),
]
# fmt: on


@pytest.mark.parametrize("status", OrderStatus)
async def test_an_order_in_any_state_is_clean(market: Market, status: OrderStatus) -> None:
    await order_in(market, status)

    assert await found(market) == []


@pytest.mark.parametrize(
    "status",
    [
        RefundStatus.SCHEDULED,
        RefundStatus.PROCESSING,
        RefundStatus.REQUIRES_ACTION,
    ],
)
async def test_a_refund_on_its_way_is_clean(market: Market, status: RefundStatus) -> None:
    await refund_in(market, status)

    assert await found(market) == []


@pytest.mark.parametrize(("status", "sql", "kind"), IN_AN_ORDER)
async def test_what_is_planted_in_an_order_is_found(
    market: Market, status: OrderStatus, sql: str, kind: str
) -> None:
    bystander = await market.place()
    order = await order_in(market, status)
    await tamper(sql.replace("…", "order_id = $1"), order.id)

    differences = await found(market)

    assert kind in {difference.kind for difference in differences}
    assert {difference.order for difference in differences} == {order.number} != {bystander.number}
    assert order.number in str(differences[0])


@pytest.mark.parametrize(("status", "sql", "kind"), IN_A_REFUND)
async def test_what_is_planted_in_a_refund_is_found(
    market: Market, status: RefundStatus, sql: str, kind: str
) -> None:
    refund = await refund_in(market, status)
    order = await Order.get(id=refund.order_id)
    await tamper(sql.replace("…", "refund_id = $1"), refund.id)

    differences = await found(market)

    assert kind in {difference.kind for difference in differences}
    assert {difference.order for difference in differences} == {order.number}


async def test_what_was_found_is_stored_and_counted(market: Market) -> None:
    order = await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 3 WHERE order_id = $1", order.id)

    await found(market)

    row = await last()
    assert (row.orders, row.differences, row.clean) == (1, 1, False)
    assert row.at == market.clock.at
    (stored,) = row.found
    assert Difference.from_json(stored) == Difference(
        kind=DifferenceKind.PAYMENT_LEDGER,
        order=order.number,
        order_id=str(order.id),
        subject="platform_cost_minor",
        expected="0.00 EUR",
        found="0.03 EUR",
    )


async def test_more_than_a_hundred_are_counted_and_a_hundred_stored(market: Market) -> None:
    for _ in range(MOST_KEPT // 5 + 1):
        order = await market.place()
        columns = "captured_minor = 10, refund_reserved_minor = 1, refunded_minor = 2"
        more = "paid_out_minor = 3, platform_cost_minor = 4"
        await tamper(f"UPDATE payments SET {columns}, {more} WHERE order_id = $1", order.id)

    differences = await found(market)

    row = await last()
    assert row.differences == len(differences) > MOST_KEPT
    assert len(row.found) == MOST_KEPT


async def test_many_orders_are_looked_at_batch_by_batch(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "BATCH", 2)
    orders = [await market.place() for _ in range(5)]
    await tamper("DELETE FROM events WHERE position = 1")

    differences = await found(market)

    assert [difference.order for difference in differences] == [order.number for order in orders]
    assert (await last()).orders == 5


async def test_only_what_moved_since_then_is_looked_at(market: Market) -> None:
    old = await market.place()
    market.clock.advance(40 * DAY)
    new = await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 1")

    lately = await found(market, since=market.clock.at - 30 * DAY)
    ever = await found(market)

    assert [difference.order for difference in lately] == [new.number]
    assert {difference.order for difference in ever} == {old.number, new.number}


async def test_writers_at_the_same_time_make_no_difference(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch is read as of one instant."""
    monkeypatch.setattr(comparing, "BATCH", 3)
    over = asyncio.Event()

    async def trade() -> None:
        try:
            for _ in range(6):
                await cancel(market, await market.place())
        finally:
            over.set()

    async def look() -> list[Difference]:
        differences: list[Difference] = []
        while not over.is_set():
            differences += await found(market)
        return differences

    *_, differences = await asyncio.gather(trade(), trade(), look())

    assert differences == []


async def test_the_small_market_is_clean(wiring: Wiring, market: Market) -> None:
    await load(wiring, market=True)

    assert await found(market) == []
    assert (await last()).orders > 5


async def test_the_big_market_is_clean(wiring: Wiring, market: Market) -> None:
    async for _ in fill(wiring, 1_500):
        pass

    assert await found(market) == []
    assert (await last()).orders == 1_500


async def test_old_results_are_forgotten(market: Market) -> None:
    await found(market)
    first = await last()
    market.clock.advance(timedelta(days=91))

    await found(market)

    assert (await last()).id != first.id
    assert await type(first).all().count() == 1


async def test_what_cannot_be_ended_is_stored_as_such_and_raised(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "NEXT", "SELECT nonsense")

    with pytest.raises(Exception, match="nonsense"):
        await auditor(market).reconcile(None, lambda _: None)

    row = await last()
    assert row.problem == "OperationalError"
    assert not row.clean
