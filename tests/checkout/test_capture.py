"""Getting an order paid, with a gateway that answers late, twice, or not at all."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ordergraph.checkout import actions
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.kernel.actor import GATEWAY
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import queries as payments
from ordergraph.payments.gateways.protocol import Capture, CaptureReceipt, RateLimited
from ordergraph.payments.process import PaymentDeclined
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause, RefundStatus
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, NOON, Market, gid
from tests.scripted import Scripted, cashier
from tests.states import cancel, order_in
from tests.watching import open_transactions, snapshot

EXPIRY = named_errand("order.payment_due")


async def _record(market: Market, order: Order) -> None:
    """The gateway tells us that it has the money."""
    receipt = CaptureReceipt("late", Money(order.total_minor, order.currency))
    async with market.edge.transaction(GATEWAY) as tx:
        await actions.record(tx, order.id, receipt)


async def test_a_captured_order_is_paid_and_its_clocks_start(market: Market) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market)

    assert await actions.capture(teller, order, await payments.of_order(order.id))

    await order.refresh_from_db()
    assert order.status is OrderStatus.PROCESSING
    assert order.paid_at == NOON
    assert order.cancelable_until == NOON + timedelta(hours=24)
    assert order.ship_by_at == NOON + 7 * DAY
    assert gateway.calls == ["capture"]


async def test_the_window_counts_from_payment_not_from_placing(market: Market) -> None:
    order = await market.place(paid=False)
    market.clock.advance(timedelta(minutes=20))

    await _record(market, order)

    await order.refresh_from_db()
    assert order.cancelable_until == NOON + timedelta(hours=24, minutes=20)


async def test_no_transaction_is_open_while_the_gateway_captures(market: Market) -> None:
    """M10."""
    order = await market.place(paid=False)
    teller, gateway = cashier(market)
    seen = []

    async def look() -> None:
        seen.append(await open_transactions())

    gateway.during = look

    await actions.capture(teller, order, await payments.of_order(order.id))

    assert seen == [0]


@pytest.mark.parametrize("word", ["cut", "lost", "hang"])
async def test_without_an_answer_the_order_stays_unpaid_and_placed(
    market: Market, word: str
) -> None:
    order = await market.place(paid=False)
    teller, _ = cashier(market, word, timeout_s=0.05)
    before = await snapshot()

    assert not await actions.capture(teller, order, await payments.of_order(order.id))

    assert await snapshot() == before


@pytest.mark.parametrize(
    ("code", "reason"), [("CARD_EXPIRED", "CARD_EXPIRED"), ("never heard of", "UNKNOWN")]
)
async def test_a_definite_no_ends_the_order_and_says_why(
    market: Market, code: str, reason: str
) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market, code)

    with pytest.raises(PaymentDeclined) as no:
        await actions.capture(teller, order, await payments.of_order(order.id))

    assert no.value.reason == reason
    await order.refresh_from_db()
    assert (order.status, order.expired_at) == (OrderStatus.EXPIRED, NOON)
    assert (await payments.of_order(order.id)).decline_reason == reason
    assert gateway.captures == {}


async def test_a_definite_no_to_an_order_that_was_canceled_meanwhile_is_only_noted(
    market: Market,
) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market, "DECLINED")

    async def canceled_meanwhile() -> None:
        await cancel(market, order)

    gateway.during = canceled_meanwhile

    with pytest.raises(PaymentDeclined):
        await actions.capture(teller, order, await payments.of_order(order.id))

    await order.refresh_from_db()
    assert order.status is OrderStatus.CANCELED
    assert (await payments.of_order(order.id)).decline_reason == "DECLINED"


class Busy(Scripted):
    """Too busy to begin, so many times."""

    times: int = 2

    async def capture(self, capture: Capture) -> CaptureReceipt:
        if self.times:
            self.times -= 1
            raise RateLimited(timedelta(seconds=0.01))
        return await super().capture(capture)


async def test_a_gateway_that_is_too_busy_is_asked_again_while_the_buyer_waits(
    market: Market,
) -> None:
    order = await market.place(paid=False)
    teller = replace(market.cashier, gateway=Busy())

    assert await actions.capture(teller, order, await payments.of_order(order.id))


async def test_a_gateway_that_stays_too_busy_leaves_the_order_unpaid(market: Market) -> None:
    order = await market.place(paid=False)
    gateway = Busy()
    gateway.times = 1_000
    teller = replace(market.cashier, gateway=gateway, timeout=timedelta(seconds=0.3))
    before = await snapshot()

    assert not await actions.capture(teller, order, await payments.of_order(order.id))

    assert await snapshot() == before
    assert gateway.times > 990, "it waits at least a moment each time"


async def test_an_answer_that_was_lost_is_found_before_the_order_expires(market: Market) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market, "lost")
    await actions.capture(teller, order, await payments.of_order(order.id))
    market.clock.advance(timedelta(minutes=30))

    await run_errands(teller, EXPIRY)

    await order.refresh_from_db()
    assert order.status is OrderStatus.PROCESSING
    assert gateway.calls == ["capture", "find_capture"]
    assert not await Refund.exists()


@pytest.mark.parametrize("trouble", ["hanging", "refused"])
async def test_an_order_does_not_expire_while_the_gateway_cannot_be_asked(
    market: Market, trouble: str
) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market, timeout_s=0.05)
    gateway.during = {"hanging": _forever, "refused": _refused}[trouble]
    market.clock.advance(timedelta(minutes=30))
    before = await snapshot()

    await run_errands(teller, EXPIRY)

    await order.refresh_from_db()
    assert order.status is OrderStatus.PENDING_PAYMENT
    note = await DeadLetter.get()  # it rests for a moment, and nothing is held against it
    assert (note.row_id, note.failures) == (order.id, 0)
    await note.delete()
    assert await snapshot() == before


async def _forever() -> None:
    await asyncio.Event().wait()


async def _refused() -> None:
    raise ConnectionRefusedError


@pytest.mark.parametrize("status", [OrderStatus.EXPIRED, OrderStatus.CANCELED])
async def test_money_that_comes_too_late_goes_straight_back(
    market: Market, status: OrderStatus
) -> None:
    order = await market.place(paid=False)
    if status is OrderStatus.CANCELED:
        await cancel(market, order)
    else:
        market.clock.advance(timedelta(minutes=30))
        await run_errands(market.cashier, EXPIRY)

    await _record(market, order)

    await order.refresh_from_db()
    assert order.status is status
    assert order.paid_at is None
    refund = await Refund.get(order_id=order.id)
    assert refund.cause is RefundCause.OVERPAYMENT
    assert refund.amount_minor == refund.adjustment_minor == order.total_minor
    assert refund.due_at == market.clock.at
    shown = await market.ask(
        ADA,
        "query Q($id: ID!) { order(id: $id) { refunds { cause lines { quantity } } } }",
        id=gid("Order", order.id),
    )
    assert shown["order"]["refunds"] == [{"cause": "OVERPAYMENT", "lines": []}]


async def test_the_same_late_money_told_twice_goes_back_once(market: Market) -> None:
    order = await order_in(market, OrderStatus.EXPIRED)
    await _record(market, order)
    before = await snapshot()

    await _record(market, order)

    assert await snapshot() == before


async def test_late_money_is_sent_back_by_the_next_sweep(market: Market) -> None:
    order = await order_in(market, OrderStatus.EXPIRED)
    teller, gateway = cashier(market)
    await _record(market, order)

    await sweep(market.edge, named("refund.due"))
    await run_errands(teller, named_errand("refund.attempt"))

    assert (await Refund.get(order_id=order.id)).status is RefundStatus.SUCCEEDED
    assert len(gateway.sent) == 1


@pytest.mark.parametrize("taken", [True, False], ids=["it was paid", "it was not"])
async def test_an_order_canceled_unpaid_is_looked_at_when_its_payment_was_due(
    market: Market, taken: bool
) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market, "lost" if taken else "cut")
    await actions.capture(teller, order, await payments.of_order(order.id))
    await cancel(market, order)
    market.clock.advance(timedelta(minutes=30))

    for _ in range(2):
        await run_errands(teller, named_errand("order.ended_unpaid"))

    assert gateway.calls == ["capture", "find_capture"]
    refunds = await Refund.filter(order_id=order.id)
    assert [refund.amount_minor for refund in refunds] == [order.total_minor] * taken
    assert (await payments.of_order(order.id)).captured_minor == order.total_minor * taken


@pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.SHIPPED])
async def test_a_capture_told_again_changes_nothing(market: Market, status: OrderStatus) -> None:
    order = await order_in(market, status)
    before = await snapshot()

    await _record(market, order)

    assert await snapshot() == before


async def test_an_order_that_was_paid_in_the_last_moment_does_not_expire(market: Market) -> None:
    """The sweep found it unpaid; under the lock it is paid."""
    order = await market.place(paid=False)
    market.clock.advance(timedelta(minutes=30))
    teller, gateway = cashier(market)

    async def paid_meanwhile() -> None:
        gateway.during = _nothing
        await _record(market, order)

    gateway.during = paid_meanwhile

    await actions.settle_unpaid(teller, order.id)

    await order.refresh_from_db()
    assert order.status is OrderStatus.PROCESSING


async def _nothing() -> None:
    """No more of it."""
