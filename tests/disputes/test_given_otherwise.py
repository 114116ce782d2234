"""What the buyer has by another way is not asked for once more, in a dispute or an appeal."""

import pytest

from ordergraph.appeals import actions as appeals
from ordergraph.deadlines import named_errand
from ordergraph.disputes import actions as disputes
from ordergraph.disputes.models import DisputeLine
from ordergraph.disputes.terms import Terms
from ordergraph.errands import run_errands
from ordergraph.giving import actions as giving
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.orders.models import Order, OrderLine
from ordergraph.refunds import goodwill
from ordergraph.refunds.process import RefundAction
from tests.appeals.bench import new
from tests.disputes.court import act, complaint, decided, refused
from tests.disputes.test_preview import preview
from tests.market import ADA, LAMPS, OLGA, Market
from tests.refunds.commands import do
from tests.scripted import cashier
from tests.states import cancel, fall_due

LEFT = Money(4_480, "EUR")


@pytest.fixture
async def order(market: Market) -> Order:
    """Of two lamps one was canceled; its money had been given back at the provider itself already.

    The books know of nothing that went back: by them, all of 84.70 could be.
    """
    placed = await market.place()
    lamps = await OrderLine.get(order_id=placed.id)
    refund = (await cancel(market, placed, LAMPS, "out-of-stock", lines={lamps.id: 1})).refund
    assert refund is not None
    await fall_due(market, refund)
    teller, _ = cashier(market, "ALREADY_REFUNDED")
    assert await run_errands(teller, named_errand("refund.attempt")) == 1
    await do(market, OLGA, RefundAction.FAIL, refund)
    return await market.deliver(placed)


async def test_a_dispute_is_about_the_rest(market: Market, order: Order) -> None:
    """M12: nobody is paid twice."""
    most = Money.parse((await preview(market, order))["maximum"]["amount"], "EUR")
    too_much = complaint(order, amount=LEFT + Money(1, "EUR"))

    async with refused(AmountTooHigh) as caught:
        await act(market, ADA, disputes.open_dispute, too_much)
    opened = await act(market, ADA, disputes.open_dispute, complaint(order, amount=LEFT))

    assert most == caught.value.maximum == LEFT
    assert [each.quantity for each in await DisputeLine.filter(dispute_id=opened.id)] == [1]


async def test_where_nothing_is_left_there_is_no_dispute(market: Market, order: Order) -> None:
    nothing = Money(0, "EUR")
    gift = goodwill.Gift(
        order_id=order.id, lines=(), shipping=nothing, adjustment=LEFT, note="Sorry."
    )
    await act(market, LAMPS, giving.create, gift)

    shown = await preview(market, order)

    assert shown["maximum"] == {"amount": "0.00"}
    assert shown["blockedBy"]["__typename"] == "AmountTooHighError"
    async with refused(AmountTooHigh):
        await act(market, ADA, disputes.open_dispute, complaint(order, amount=Money(1, "EUR")))


async def test_an_appeal_is_about_the_rest(market: Market, order: Order) -> None:
    """M12: the seller has given some of it since."""
    dispute = await act(market, ADA, disputes.open_dispute, complaint(order, amount=LEFT))
    await act(market, LAMPS, disputes.refuse, dispute.id, "No.")
    await act(market, ADA, disputes.escalate, dispute.id, "")
    await decided(market, OLGA, dispute, Terms(amount=Money(0, "EUR")), "No fault.")
    nothing, some = Money(0, "EUR"), Money(4_000, "EUR")
    gift = goodwill.Gift(
        order_id=order.id, lines=(), shipping=nothing, adjustment=some, note="Sorry."
    )
    await act(market, LAMPS, giving.create, gift)

    async with refused(AmountTooHigh) as caught:
        await act(market, ADA, appeals.appeal, new(dispute, 481))
    await act(market, ADA, appeals.appeal, new(dispute, 480))

    assert caught.value.maximum == LEFT - some
