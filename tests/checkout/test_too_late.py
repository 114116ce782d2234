"""No capture is begun that may end after its order: what is asked then, and what the buyer is told."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ordergraph.checkout import actions
from ordergraph.deadlines import named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import SYSTEM
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import queries as payments
from ordergraph.payments.process import PaymentTooLate
from tests.idempotency.deeds import BASKET, do
from tests.market import ADA, NOON, Market
from tests.scripted import Scripted, cashier
from tests.watching import snapshot

DUE_AT = NOON + timedelta(minutes=30)
TIMEOUT = timedelta(seconds=2)  # of the scripted cashier
MOMENT = timedelta(microseconds=1)
PLACE = """mutation P($input: OrderPlaceInput!) { orderPlace(input: $input) { __typename
  ... on PaymentTooLateError { message paymentDueAt } } }"""


async def test_with_the_gateways_timeout_left_it_is_asked(market: Market) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market)
    market.clock.at = DUE_AT - TIMEOUT

    assert await actions.capture(teller, order, await payments.of_order(order.id))

    assert gateway.calls == ["capture"]


@pytest.mark.parametrize("at", [DUE_AT - TIMEOUT + MOMENT, DUE_AT, DUE_AT + timedelta(days=1)])
async def test_with_less_it_is_not(market: Market, at: datetime) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market)
    market.clock.at = at
    before = await snapshot()

    with pytest.raises(PaymentTooLate) as no:
        await actions.capture(teller, order, await payments.of_order(order.id))

    assert no.value.payment_due_at == DUE_AT
    assert gateway.calls == []
    assert await snapshot() == before


@pytest.mark.parametrize(("after_s", "asked"), [(0.0, True), (1.0, True), (1.001, False)])
async def test_where_orders_wait_for_no_longer_than_that_half_of_it_is_for_beginning(
    market: Market, after_s: float, asked: bool
) -> None:
    async with market.edge.transaction(SYSTEM) as tx:
        await marketplace.publish_changes(tx, {"payment_window_s": 2})
    order = await market.place(paid=False)
    teller, gateway = cashier(market)
    market.clock.advance(timedelta(seconds=after_s))

    with nullcontext() if asked else pytest.raises(PaymentTooLate):
        await actions.capture(teller, order, await payments.of_order(order.id))

    assert gateway.calls == ["capture"] * asked


async def _repeated(market: Market, word: str) -> tuple[Any, Scripted]:
    """A first try ends without an answer; the same is asked for again a moment before it is due."""
    await market.place()
    teller, gateway = cashier(market, word)
    market.desk = replace(market.desk, cashier=teller)
    await do(market, "orderPlace", BASKET, "a key")
    market.clock.at = DUE_AT - timedelta(seconds=1)
    return await do(market, "orderPlace", BASKET, "a key"), gateway


async def test_a_repeat_that_comes_too_late_is_told_so(market: Market) -> None:
    answer, gateway = await _repeated(market, "cut")

    assert answer["__typename"] == "PaymentTooLateError"
    assert gateway.calls == ["capture", "find_capture"]
    shown = await market.ask(ADA, PLACE, "de", key="a key", input=BASKET)
    assert shown["orderPlace"]["paymentDueAt"] == "2026-11-23T12:30:00.000Z"
    assert shown["orderPlace"]["message"].startswith("Die Zahlungsfrist endet um 12:30 UTC")


async def test_after_that_the_order_expires_and_the_repeat_shows_it(market: Market) -> None:
    await _repeated(market, "cut")
    market.clock.at = DUE_AT
    await run_errands(market.desk.cashier, named_errand("order.payment_due"))

    answer = await do(market, "orderPlace", BASKET, "a key")

    assert answer["order"]["status"] == "EXPIRED"


async def test_what_an_earlier_try_took_is_found_however_late_it_is(market: Market) -> None:
    answer, gateway = await _repeated(market, "lost")

    assert answer["__typename"] == "OrderPlaceSuccess"
    assert gateway.calls == ["capture", "find_capture"]
    assert not await Order.exists(status=OrderStatus.PENDING_PAYMENT)
