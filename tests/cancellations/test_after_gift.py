"""Canceling an order of which something was given back already: the rest goes back, exactly."""

import pytest

from ordergraph.cancellations.models import Cancellation
from ordergraph.deadlines import named
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds import goodwill
from ordergraph.refunds.actions import LinePart
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, LAMPS, Market, gid
from tests.states import cancel

PREVIEW = "query Q($id: ID!) { order(id: $id) { cancellationPreview { amount { amount } } } }"


async def _given(market: Market, what: str) -> Order:
    """An order of 84.70 EUR of which 4.00 went back as this part."""
    order = await market.place()
    line, four, nothing = await OrderLine.get(order_id=order.id), Money(400, "EUR"), Money(0, "EUR")
    gift = goodwill.Gift(
        order_id=order.id,
        lines=[LinePart(line.id, 1, 400)] if what == "line" else [],
        shipping=four if what == "shipping" else nothing,
        adjustment=four if what == "adjustment" else nothing,
        note="Sorry.",
    )
    async with market.edge.transaction(LAMPS) as tx:
        await goodwill.create(tx, gift)
    return order


@pytest.mark.parametrize("what", ["line", "shipping", "adjustment"])
async def test_the_buyer_cancels_and_gets_the_rest_as_the_preview_said(
    market: Market, what: str
) -> None:
    order = await _given(market, what)
    shown = await market.ask(ADA, PREVIEW, id=gid("Order", order.id))

    await cancel(market, order)

    refund = await Refund.get(order_id=order.id, cause=RefundCause.CANCELLATION)
    assert refund.amount_minor == order.total_minor - 400
    assert shown["order"]["cancellationPreview"]["amount"]["amount"] == "80.70"


async def test_an_order_that_was_never_shipped_is_canceled_all_the_same(market: Market) -> None:
    order = await _given(market, "adjustment")
    market.clock.advance(7 * DAY)

    await sweep(market.edge, named("order.ship_by"))

    await order.refresh_from_db()
    assert order.status is OrderStatus.CANCELED
    assert await Cancellation.filter(order_id=order.id).count() == 1
    refunds = await Refund.filter(order_id=order.id)
    assert sum(refund.amount_minor for refund in refunds) == order.total_minor
