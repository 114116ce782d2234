"""Canceling an order of which something was given back already: the rest goes back, exactly."""

import pytest

from ordergraph.cancellations.models import Cancellation
from ordergraph.checkout import actions as checkout
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.refunds import commands, goodwill
from ordergraph.refunds.actions import LinePart
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid
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


async def _one_cent(market: Market) -> Order:
    """All of 84.70 EUR is named, and all but a cent is taken off again."""
    order = await market.place()
    lamps = await OrderLine.get(order_id=order.id)
    gift = goodwill.Gift(
        order_id=order.id,
        lines=[LinePart(lamps.id, 2, lamps.paid_minor)],
        shipping=Money(order.shipping_minor, "EUR"),
        adjustment=Money(1 - order.total_minor, "EUR"),
        note="Sorry.",
    )
    async with market.edge.transaction(LAMPS) as tx:
        await goodwill.create(tx, gift)
    return order


async def _back(order: Order, **of: object) -> int:
    return sum(refund.amount_minor for refund in await Refund.filter(order_id=order.id, **of))


async def test_what_a_gift_takes_off_again_has_not_gone_back(market: Market) -> None:
    """Else a cent would be all that a buyer gets who cancels, or whose order is never shipped."""
    order = await _one_cent(market)
    line = await OrderLine.get(order_id=order.id)

    await cancel(market, order, lines={line.id: 1})
    assert await _back(order, cause=RefundCause.CANCELLATION) == line.paid_minor // 2
    market.clock.advance(7 * DAY)
    await sweep(market.edge, named("order.ship_by"))

    await order.refresh_from_db()
    assert order.status is OrderStatus.CANCELED
    assert await _back(order) == order.total_minor


async def test_a_gift_that_never_arrives_goes_back_with_the_rest(market: Market) -> None:
    """It was deducted from the first piece, because then no more was left."""
    order = await market.place(paid=False)
    await Payment.filter(order_id=order.id).update(token="tok_refund_card_lost")
    assert await checkout.capture(market.cashier, order, await Payment.get(order_id=order.id))
    nothing, line = Money(0, "EUR"), await OrderLine.get(order_id=order.id)
    gift = goodwill.Gift(
        order_id=order.id, lines=[], shipping=nothing, adjustment=Money(6000, "EUR"), note="Sorry."
    )
    async with market.edge.transaction(LAMPS) as tx:
        given = await goodwill.create(tx, gift)
    await sweep(market.edge, named("refund.due"))
    await run_errands(market.cashier, named_errand("refund.attempt"))
    await cancel(market, order, lines={line.id: 1})
    assert await _back(order, cause=RefundCause.CANCELLATION) == order.total_minor - 6000
    async with market.edge.transaction(OLGA) as tx:
        await commands.fail(tx, given.id, "The card is lost.")

    await cancel(market, order)

    assert await _back(order, cause=RefundCause.CANCELLATION) == order.total_minor
    last = await Refund.get(order_id=order.id, amount_minor=6000, cause=RefundCause.CANCELLATION)
    assert last.adjustment_minor == 6000 - line.paid_minor // 2 - order.shipping_minor


async def test_an_order_that_was_never_shipped_is_canceled_all_the_same(market: Market) -> None:
    order = await _given(market, "adjustment")
    market.clock.advance(7 * DAY)

    await sweep(market.edge, named("order.ship_by"))

    await order.refresh_from_db()
    assert order.status is OrderStatus.CANCELED
    assert await Cancellation.filter(order_id=order.id).count() == 1
    refunds = await Refund.filter(order_id=order.id)
    assert sum(refund.amount_minor for refund in refunds) == order.total_minor
