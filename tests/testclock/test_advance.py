"""The test clock: moving it runs what falls due on the way, in order, each at its own time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tortoise import connections

from ordergraph.infra.clock import DatabaseClock, move_test_clock
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.models import Refund, RefundAttempt
from ordergraph.refunds.process import RefundStatus
from ordergraph.testclock import actions
from ordergraph.testclock.actions import TestClockRefused, advance
from tests.market import ADA, DAY, OLGA, Market
from tests.orders.commands import NO
from tests.scripted import cashier
from tests.states import cancel
from tests.watching import snapshot

HOUR = timedelta(hours=1)
A_MOMENT = timedelta(seconds=1)
ADVANCE = (
    """mutation Advance($by: String!) { testClockAdvance(input: {by: $by}) {
  __typename ...No ... on TestClockAdvanceSuccess { now } } }"""
    + NO
)


@pytest.fixture
def market(market: Market) -> Market:
    """The clock of Postgres instead of the frozen one."""
    return Market(clock=DatabaseClock(), hub=market.hub)  # type: ignore[arg-type]  # any clock will do


async def _timeline(order: Order) -> list[tuple[str, datetime]]:
    rows = await EventRow.filter(order_id=order.id).order_by("position")
    return [(row.type, row.occurred_at) for row in rows]


def _close(found: datetime, expected: datetime | None) -> bool:
    assert expected is not None
    return timedelta() <= found - expected < A_MOMENT


async def test_what_falls_due_happens_in_order_each_at_its_own_time(market: Market) -> None:
    order = await market.place()
    assert order.paid_at is not None

    await advance(market.cashier, 9 * DAY)

    happened = await _timeline(order)
    assert [type_ for type_, _ in happened] == [
        "order.placed",
        "order.paid",
        "order.cancel_window_closed",
        "order.shipping_reminder",
        "order.shipping_reminder",
        "order.canceled",
        "refund.scheduled",
        "refund.due",
        "refund.succeeded",
    ]
    assert _close(happened[2][1], order.cancelable_until)
    for (_, at), days in zip(happened[3:5], (3.5, 6.3), strict=True):
        assert _close(at, order.paid_at + days * DAY)
    for _, at in happened[5:]:
        assert _close(at, order.ship_by_at)


async def test_a_promise_is_kept_at_its_date_and_not_before(market: Market) -> None:
    done = await cancel(market, await market.place())
    assert done.refund is not None

    await advance(market.cashier, 7 * DAY - HOUR)
    early = await Refund.get(id=done.refund.id)
    await advance(market.cashier, HOUR)

    refund = await Refund.get(id=done.refund.id)
    assert early.status is RefundStatus.SCHEDULED
    assert refund.status is RefundStatus.SUCCEEDED
    assert refund.settled_at is not None
    assert _close(refund.settled_at, done.refund.due_at)


async def test_what_one_deadline_starts_runs_on_within_the_same_move(market: Market) -> None:
    """Delivered on the thirtieth day, complete fifteen days after that."""
    order = await market.place()
    await market.ship(order)

    await advance(market.cashier, 46 * DAY)

    await order.refresh_from_db()
    assert order.status is OrderStatus.COMPLETED
    assert order.shipped_at is not None
    assert order.delivered_at is not None
    assert order.completed_at is not None
    assert _close(order.delivered_at, order.shipped_at + 30 * DAY)
    assert _close(order.completed_at, order.delivered_at + 15 * DAY)


async def test_the_clocks_of_many_orders_run_into_each_other_in_order(market: Market) -> None:
    first = await market.place()
    await advance(market.cashier, HOUR)
    unpaid = await market.place(paid=False)
    second = (await cancel(market, await market.place())).order
    start = await market.edge.clock.now()

    await advance(market.cashier, 8 * DAY)

    late = await EventRow.filter(occurred_at__gt=start).order_by("occurred_at", "id")
    assert [(row.order_id, row.type) for row in late] == [
        (unpaid.id, "order.expired"),
        (first.id, "order.cancel_window_closed"),
        (first.id, "order.shipping_reminder"),
        (first.id, "order.shipping_reminder"),
        (first.id, "order.canceled"),
        (first.id, "refund.scheduled"),
        (first.id, "refund.due"),
        (first.id, "refund.succeeded"),
        (second.id, "refund.due"),
        (second.id, "refund.succeeded"),
    ]


async def test_a_gateway_that_is_away_for_a_while_is_asked_again_on_the_way(
    market: Market,
) -> None:
    done = await cancel(market, await market.place())
    assert done.refund is not None
    teller, gateway = cashier(market, "cut", "cut", "lost")

    await advance(teller, 8 * DAY)

    attempts = await RefundAttempt.filter(refund_id=done.refund.id).order_by("number")
    waits = [a.started_at - done.refund.due_at for a in attempts]
    assert (await Refund.get(id=done.refund.id)).status is RefundStatus.SUCCEEDED
    assert len(gateway.sent) == 1
    for wait, minutes in zip(waits, [0, 1, 6, 36], strict=True):
        assert timedelta() <= wait - timedelta(minutes=minutes) < A_MOMENT


async def test_the_clock_stands_where_it_was_told_to_for_every_process(market: Market) -> None:
    before = await DatabaseClock().now()

    after = await advance(market.cashier, 3 * DAY)

    assert _close(after, before + 3 * DAY)
    assert _close(await DatabaseClock().now(), after)


async def test_moves_add_up_and_never_go_back(market: Market) -> None:
    start = await market.edge.clock.now()

    await move_test_clock(HOUR)
    await move_test_clock(HOUR)

    assert _close(await market.edge.clock.now(), start + 2 * HOUR)
    with pytest.raises(AssertionError, match="only moves forward"):
        await move_test_clock(-HOUR)


async def test_where_real_money_moves_nobody_plays_with_time(market: Market) -> None:
    teller, gateway = cashier(market)
    gateway.real_money = True
    before = await snapshot()

    with pytest.raises(TestClockRefused, match="real money"):
        await advance(teller, HOUR)

    assert await snapshot() == before


@pytest.mark.parametrize("by", [timedelta(), -HOUR, timedelta(days=400, seconds=1)])
async def test_a_move_of_nothing_backward_or_too_far_is_refused(
    market: Market, by: timedelta
) -> None:
    before = await snapshot()

    with pytest.raises(InvalidInput, match="by"):
        await advance(market.cashier, by)

    assert await snapshot() == before


@pytest.mark.parametrize("limit", ["MOST_STOPS", "MOST_BATCHES"])
async def test_a_move_has_an_end_whatever_comes_up(
    market: Market, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(actions, limit, 1)
    order = await market.place()
    start = await market.edge.clock.now()

    now = await advance(market.cashier, 9 * DAY)

    assert _close(now, start + 9 * DAY)
    await order.refresh_from_db()
    assert order.status is OrderStatus.CANCELED


async def test_an_operator_moves_it_through_the_api(market: Market) -> None:
    market.desk = replace(market.desk, test_clock=True)
    start = await market.edge.clock.now()

    moved = (await market.ask(OLGA, ADVANCE, by="PT24H"))["testClockAdvance"]

    assert _close(datetime.fromisoformat(moved["now"]) + timedelta(milliseconds=1), start + DAY)


@pytest.mark.parametrize("by", ["", "soon", "-1h", "0h", "401d", "P999999999DT999999999H"])
async def test_a_duration_that_is_none_is_refused_through_the_api(market: Market, by: str) -> None:
    market.desk = replace(market.desk, test_clock=True)
    before = await snapshot()

    answer = (await market.ask(OLGA, ADVANCE, by=by))["testClockAdvance"]

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", "by")
    assert await snapshot() == before


@pytest.mark.parametrize("language", ["en", "de"])
async def test_where_it_is_switched_off_nobody_moves_it(market: Market, language: str) -> None:
    before = await snapshot()

    answer = (await market.ask(OLGA, ADVANCE, language, by="1h"))["testClockAdvance"]

    assert answer["__typename"] == "TestClockOffError"
    assert answer["message"]
    assert await snapshot() == before


async def test_who_is_no_operator_does_not_move_it(market: Market) -> None:
    market.desk = replace(market.desk, test_clock=True)
    before = await snapshot()

    results = [await market.execute(actor, ADVANCE, by="1h") for actor in (ADA, None)]

    codes = [result.errors[0].extensions["code"] for result in results]
    assert codes == ["FORBIDDEN", "UNAUTHENTICATED"]
    assert await snapshot() == before


async def test_postgres_keeps_the_time_for_all(market: Market) -> None:
    """J9: not the clock of the process decides, but one for everybody."""
    await move_test_clock(DAY)

    rows = await connections.get("default").execute_query_dict(
        "SELECT ordergraph_now() - clock_timestamp() AS ahead"
    )

    assert abs(rows[0]["ahead"] - DAY) < timedelta(milliseconds=50)
    assert (await market.edge.clock.now()).utcoffset() == timedelta()
