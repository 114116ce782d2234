"""What happens to an order by itself, to the microsecond."""

from datetime import timedelta

import pytest

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.refusal import WrongState
from ordergraph.orders import actions, queries
from ordergraph.orders.models import OpenWindow, Order, OrderLine
from ordergraph.orders.process import CancelWindowClosed, OrderStatus
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, LAMPS, NOON, Market, gid
from tests.states import cancel, order_in
from tests.watching import snapshot

ONE = timedelta(microseconds=1)
WINDOW = timedelta(hours=24)

# name of the deadline, the state it waits in, how long it takes, the state that follows
CLOCKS = [
    ("order.ship_by", OrderStatus.PROCESSING, 7 * DAY, OrderStatus.CANCELED),
    ("order.presumed_delivered", OrderStatus.SHIPPED, 30 * DAY, OrderStatus.DELIVERED),
    ("order.protection_ends", OrderStatus.DELIVERED, 15 * DAY, OrderStatus.COMPLETED),
]


async def test_the_window_is_open_until_the_last_microsecond(market: Market) -> None:
    order = await market.place()
    market.clock.advance(WINDOW - ONE)

    done = await cancel(market, order)

    assert done.order.status is OrderStatus.CANCELED


async def test_the_window_closes_on_the_second(market: Market) -> None:
    """J6, S5: no worker has run."""
    order = await market.place()
    market.clock.advance(WINDOW)
    before = await snapshot()

    with pytest.raises(CancelWindowClosed) as refusal:
        await cancel(market, order)

    assert refusal.value.closed_at == NOON + WINDOW
    assert await snapshot() == before


async def test_closing_the_window_is_an_event_once_and_the_order_goes_on(market: Market) -> None:
    order = await market.place()
    version = order.version
    market.clock.advance(WINDOW)

    swept = [await sweep(market.edge, named("order.cancel_window")) for _ in range(2)]

    await order.refresh_from_db()
    assert swept == [1, 0]
    assert order.status is OrderStatus.PROCESSING
    assert order.version == version
    assert not await OpenWindow.exists()
    last = await queries.timeline(order.id).order_by("-position").first()
    assert last is not None
    assert (last.type, last.actor_role) == ("order.cancel_window_closed", "SYSTEM")


@pytest.mark.parametrize(("name", "status", "after", "then"), CLOCKS)
async def test_nothing_happens_a_moment_too_early(
    market: Market, name: str, status: OrderStatus, after: timedelta, then: OrderStatus
) -> None:
    order = await order_in(market, status)
    market.clock.advance(after - ONE)
    before = await snapshot()

    assert await sweep(market.edge, named(name)) == 0
    assert await snapshot() == before

    market.clock.advance(ONE)
    assert await sweep(market.edge, named(name)) == 1
    await order.refresh_from_db()
    assert order.status is then


async def test_what_the_seller_never_shipped_is_canceled_and_the_money_goes_back_at_once(
    market: Market,
) -> None:
    order = await market.place()
    market.clock.advance(7 * DAY)

    await sweep(market.edge, named("order.ship_by"))

    refund = await Refund.get(order_id=order.id)
    assert refund.due_at == refund.created_at == NOON + 7 * DAY
    assert refund.amount_minor == order.total_minor
    shown = await market.ask(
        LAMPS,
        """query Q($id: ID!) { order(id: $id) {
             cancellation { requestedBy whole note reason { handle fault } refund { id } } } }""",
        id=gid("Order", order.id),
    )
    assert shown["order"]["cancellation"] == {
        "requestedBy": "SYSTEM",
        "whole": True,
        "note": None,
        "reason": {"handle": "shipping-timeout", "fault": "SELLER"},
        "refund": {"id": gid("Refund", refund.id)},
    }


async def test_a_partly_canceled_order_gives_back_only_the_rest_when_it_never_ships(
    market: Market,
) -> None:
    order = await market.place()
    line = await OrderLine.get(order_id=order.id)
    await cancel(market, order, lines={line.id: 1})
    market.clock.advance(7 * DAY)

    await sweep(market.edge, named("order.ship_by"))

    parts = await Refund.filter(order_id=order.id).order_by("created_at")
    assert [refund.amount_minor for refund in parts] == [3990, 3990 + 490]


async def test_a_parcel_that_nobody_heard_of_counts_as_delivered_by_the_system(
    market: Market,
) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    market.clock.advance(30 * DAY)

    await sweep(market.edge, named("order.presumed_delivered"))

    await order.refresh_from_db()
    assert order.delivered_by == "SYSTEM"
    assert order.protection_ends_at == NOON + 45 * DAY


async def test_a_disputed_order_waits(market: Market) -> None:
    order = await order_in(market, OrderStatus.DELIVERED)
    async with market.edge.transaction(ADA) as tx:
        held, _ = await queries.lock(tx, order.id)
        await actions.stop_clocks(tx, held)
    market.clock.advance(15 * DAY)

    assert await sweep(market.edge, named("order.protection_ends")) == 0

    async with market.edge.transaction(ADA) as tx:
        held, _ = await queries.lock(tx, order.id)
        await actions.let_clocks_run(tx, held, give_back=False)
    assert await sweep(market.edge, named("order.protection_ends")) == 1


async def test_an_unpaid_order_expires_after_half_an_hour(market: Market) -> None:
    order = await market.place(paid=False)
    market.clock.advance(timedelta(minutes=30) - ONE)
    assert await run_errands(market.cashier, named_errand("order.payment_due")) == 0

    market.clock.advance(ONE)
    assert await run_errands(market.cashier, named_errand("order.payment_due")) == 1

    await order.refresh_from_db()
    assert order.status is OrderStatus.EXPIRED
    assert order.expired_at == NOON + timedelta(minutes=30)
    assert not await Refund.exists()


@pytest.mark.parametrize("name", ["order.presumed_delivered", "order.protection_ends"])
async def test_a_clock_that_meets_another_state_is_refused_by_the_table(
    market: Market, name: str
) -> None:
    order = await order_in(market, OrderStatus.CANCELED)
    before = await snapshot()

    with pytest.raises(WrongState):
        async with market.edge.transaction(SYSTEM) as tx:
            await named(name).act(tx, await Order.get(id=order.id))

    assert await snapshot() == before


DEADLINES = """query Q($id: ID!) { order(id: $id) {
  deadlines { kind dueAt waitingFor consequence } } }"""


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (OrderStatus.PENDING_PAYMENT, ["PAYMENT_DUE"]),
        (OrderStatus.PROCESSING, ["CANCEL_WINDOW_CLOSES", "SHIP_BY"]),
        (OrderStatus.SHIPPED, ["PRESUMED_DELIVERED"]),
        (OrderStatus.DELIVERED, ["PROTECTION_ENDS"]),
        (OrderStatus.COMPLETED, []),
        (OrderStatus.CANCELED, []),
        (OrderStatus.EXPIRED, []),
    ],
)
async def test_people_see_which_clocks_run(
    market: Market, status: OrderStatus, kinds: list[str]
) -> None:
    order = await order_in(market, status)

    shown = await market.ask(ADA, DEADLINES, "de", id=gid("Order", order.id))

    assert [deadline["kind"] for deadline in shown["order"]["deadlines"]] == kinds
    assert all(d["consequence"] and d["dueAt"] for d in shown["order"]["deadlines"])


async def test_a_closed_window_and_a_dispute_are_no_deadlines_any_more(market: Market) -> None:
    order = await market.place()
    market.clock.advance(WINDOW)
    await sweep(market.edge, named("order.cancel_window"))
    closed = await market.ask(ADA, DEADLINES, id=gid("Order", order.id))
    async with market.edge.transaction(ADA) as tx:
        held, _ = await queries.lock(tx, order.id)
        await actions.stop_clocks(tx, held)

    disputed = await market.ask(ADA, DEADLINES, id=gid("Order", order.id))

    assert [d["kind"] for d in closed["order"]["deadlines"]] == ["SHIP_BY"]
    assert disputed["order"]["deadlines"] == []
