"""What was granted is given, whether or not the seller's money still covers it."""

from datetime import timedelta

from ordergraph.deadlines import named
from ordergraph.disputes import actions, returns
from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import queries as payments
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause
from ordergraph.sweeping import sweep
from tests.books.audit import found
from tests.disputes.court import GOODS_FIRST, act, complaint
from tests.disputes.deeds import PARCEL
from tests.market import ADA, DAY, LAMPS, Market
from tests.payments.ledger import columns, entered
from tests.withdrawals.documents import confirmed, started


async def _withdrawn_from_the_rest(market: Market) -> Dispute:
    """One of two lamps went back, and the seller paid for its label, 4.90: 39.90 are still theirs.

    Then the buyer withdraws from the other one: with the shipping that is 44.80.
    """
    order = await market.deliver(await market.place())
    lamps = await OrderLine.get(order_id=order.id)
    claim = complaint(order, amount=Money(3990, "EUR"), asked=GOODS_FIRST, lines={lamps.id: 1})
    first = await act(market, ADA, actions.open_dispute, claim)
    await act(market, LAMPS, actions.accept, first.id)
    await act(market, ADA, returns.ship, first.id, PARCEL)
    await act(market, LAMPS, returns.acknowledge, first.id)
    payment = await payments.of_order(order.id)
    assert (payment.refundable.minor, payment.payable.minor) == (4480, 3990)
    market.clock.advance(timedelta(hours=1))
    draft = await started(market, order)
    await confirmed(market, draft["withdrawal"]["id"])
    second = await Dispute.get(order_id=order.id, status="AWAITING_RETURN")
    return await act(market, ADA, returns.ship, second.id, PARCEL)


async def test_a_withdrawal_after_a_label_that_the_seller_paid_is_refunded(market: Market) -> None:
    second = await _withdrawn_from_the_rest(market)

    await act(market, LAMPS, returns.acknowledge, second.id)

    refund = await Refund.get(order_id=second.order_id, cause=RefundCause.RETURN, amount_minor=4480)
    payment = await payments.of_order(second.order_id)
    assert refund.borne_by is Role.SELLER
    assert payment.payable == Money(-490, "EUR")
    assert payment.refundable_by(Role.SELLER) == Money(0, "EUR")
    assert await columns(second.order_id) == await entered(second.order_id)


async def test_silence_grants_it_as_well_and_who_owes_is_paid_nothing(market: Market) -> None:
    second = await _withdrawn_from_the_rest(market)
    for clock in ("dispute.return_acknowledge", "order.protection_ends"):
        market.clock.advance(30 * DAY)
        assert await sweep(market.edge, named(clock)) == 1

    payment = await payments.of_order(second.order_id)
    assert (await Order.get(id=second.order_id)).status is OrderStatus.COMPLETED
    assert (payment.refundable.minor, payment.paid_out_minor) == (0, 0)
    assert await found(market) == []
