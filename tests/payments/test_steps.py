"""Currencies whose smallest unit no card can pay: what we split ourselves Stripe can give back."""

from datetime import timedelta

import pytest

from ordergraph.cancellations import actions as cancellations
from ordergraph.checkout import actions as checkout
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.currencies import EXPONENTS, step_of
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments.gateways.stripe_money import money, units
from ordergraph.payments.models import Payment
from ordergraph.refunds import goodwill
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundFailureReason, RefundStatus
from ordergraph.refunds.sending import Cashier
from ordergraph.sweeping import sweep
from tests.disputes.court import act
from tests.market import ADA, DAY, LAMPS, Market, line
from tests.payments.benches import StripeBench, stripe_bench


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_a_multiple_of_its_currencys_step_is_never_refused_for_its_amount(currency: str) -> None:
    for many in (1, 333, 334):
        amount = Money(many * step_of(currency), currency)

        assert money(units(amount), currency) == amount


def _teller(market: Market, bench: StripeBench) -> Cashier:
    lease, timeout = timedelta(seconds=30), timedelta(seconds=5)
    return Cashier(market.edge, bench.gateway, timeout=timeout, lease=lease)


async def _paid(market: Market, teller: Cashier) -> Order:
    """Three pieces for 10.000 KWD together, paid through Stripe."""
    lamps = line(quantity=3, price="3.340", currency="KWD", discount=20)
    order = await market.place(lamps, shipping="0", paid=False)
    await Payment.filter(order_id=order.id).update(token="pm_ok", gateway="stripe")
    assert await checkout.capture(teller, order, await Payment.get(order_id=order.id))
    return order


async def _cancel_one(market: Market, order: Order) -> Refund:
    row = await OrderLine.get(order_id=order.id)
    request = cancellations.CancelRequest(
        order_id=order.id, reason_handle="other", note="", picked={row.id: 1}
    )
    refund = (await act(market, ADA, cancellations.cancel, request)).refund
    assert refund is not None
    return refund


async def _send(market: Market, teller: Cashier) -> None:
    await sweep(market.edge, named("refund.due"))
    await run_errands(teller, named_errand("refund.attempt"))


async def test_an_order_that_is_canceled_piece_by_piece_is_given_back_in_full(
    market: Market,
) -> None:
    async with stripe_bench() as bench:
        teller = _teller(market, bench)
        order = await _paid(market, teller)
        refunds = [await _cancel_one(market, order) for _ in range(3)]
        market.clock.advance(7 * DAY)

        await _send(market, teller)

    assert [refund.amount_minor for refund in refunds] == [3340, 3330, 3330]
    assert await Refund.filter(status=RefundStatus.SUCCEEDED).count() == 3
    assert (await Payment.get()).refunded_minor == 10_000


async def test_an_amount_that_somebody_named_and_no_card_can_pay_says_why(market: Market) -> None:
    async with stripe_bench() as bench:
        teller = _teller(market, bench)
        order = await _paid(market, teller)
        nothing, some = Money(0, "KWD"), Money(1234, "KWD")
        gift = goodwill.Gift(
            order_id=order.id, lines=[], shipping=nothing, adjustment=some, note="Sorry."
        )
        refund = await act(market, LAMPS, goodwill.create, gift)

        await _send(market, teller)

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.REQUIRES_ACTION
    assert refund.failure_reason is RefundFailureReason.UNSUPPORTED_AMOUNT
    assert refund.amount == some, "nothing is rounded"
