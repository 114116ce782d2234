"""Money that comes when its order has ended: promised back once, whatever becomes of that promise."""

from ordergraph.checkout import actions
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.kernel.actor import GATEWAY
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.payments import queries as payments
from ordergraph.payments.gateways.protocol import CaptureReceipt
from ordergraph.payments.models import Payment
from ordergraph.refunds import commands
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause, RefundStatus
from ordergraph.sweeping import sweep
from tests.market import DAY, OLGA, Market
from tests.states import cancel
from tests.watching import snapshot


async def _given_up(market: Market, cause: RefundCause) -> None:
    """The refund is sent, declined, and given up by an operator: the money is free again."""
    await sweep(market.edge, named("refund.due"))
    await run_errands(market.cashier, named_errand("refund.attempt"))
    refund = await Refund.get(cause=cause)
    async with market.edge.transaction(OLGA) as tx:
        await commands.fail(tx, refund.id, "settled by hand")
    assert (await Refund.get(id=refund.id)).status is RefundStatus.FAILED


async def _paid_with_a_lost_card(order: Order) -> Payment:
    await Payment.filter(order_id=order.id).update(token="tok_refund_card_lost")
    return await payments.of_order(order.id)


async def test_a_look_at_money_whose_way_back_was_given_up_promises_nothing_twice(
    market: Market,
) -> None:
    order = await market.place(paid=False)
    payment = await _paid_with_a_lost_card(order)
    await cancel(market, order)
    assert await actions.capture(market.cashier, order, payment)
    await _given_up(market, RefundCause.OVERPAYMENT)
    market.clock.advance(DAY)

    await run_errands(market.cashier, named_errand("order.ended_unpaid"))

    assert not await DeadLetter.exists()
    assert (await Refund.get()).status is RefundStatus.FAILED
    assert await named_errand("order.ended_unpaid").find(market.clock.at, 1) == []


async def test_a_capture_that_is_told_again_is_no_overpayment_of_an_order_that_was_paid(
    market: Market,
) -> None:
    """Its cancellation promised the money; that it could not be sent makes it no other money."""
    order = await market.place(paid=False)
    assert await actions.capture(market.cashier, order, await _paid_with_a_lost_card(order))
    await cancel(market, order)
    market.clock.advance(7 * DAY)
    await _given_up(market, RefundCause.CANCELLATION)
    before = await snapshot()

    async with market.edge.transaction(GATEWAY) as tx:
        receipt = CaptureReceipt("again", Money(order.total_minor, order.currency))
        await actions.record(tx, order.id, receipt)

    assert await snapshot() == before
