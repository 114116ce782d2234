"""Withdrawing from a parcel that never comes, and from one after which nothing is sent back."""

from typing import Any

import pytest

from ordergraph.deadlines import DEADLINES, named
from ordergraph.disputes import actions as disputes
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.refusals import DisputeWindowClosed
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DisputeOutcome, DisputeStatus
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.kernel.actor import GATEWAY, Actor
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from ordergraph.withdrawals import actions as withdrawals
from tests.appeals.bench import eur
from tests.disputes.court import act, complaint, decided, refused, told
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.withdrawals.documents import drafted

NOT_RECEIVED = "not-received"


async def withdrawn(market: Market, order: Order) -> Dispute:
    row = await act(market, ADA, withdrawals.confirm, (await drafted(market, order)).id)
    return await Dispute.get(id=row.dispute_id)


async def on_its_way(market: Market) -> Order:
    return await market.ship(await market.place(), promised_at=market.clock.at + 4 * DAY)


async def later(market: Market, days: int) -> None:
    """So many days pass, and each day a worker looks at everything that waits."""
    for _ in range(days):
        market.clock.advance(DAY)
        for deadline in DEADLINES:
            await sweep(market.edge, deadline)
    assert not await DeadLetter.exists()


async def test_nobody_can_send_back_what_never_came_so_the_operator_looks(market: Market) -> None:
    order = await on_its_way(market)
    dispute = await withdrawn(market, order)

    await later(market, 18)

    await dispute.refresh_from_db()
    assert dispute.status is DisputeStatus.UNDER_REVIEW
    assert dispute.decision_due_at == market.clock.at + 30 * DAY
    assert (await told(order.id))[-1] == "dispute.escalated"
    await decided(market, OLGA, dispute, Terms(amount=eur(8470)))
    assert (await Refund.get()).amount_minor == 8470


async def test_silence_of_everybody_gives_the_buyer_the_money_back(market: Market) -> None:
    order = await on_its_way(market)
    dispute = await withdrawn(market, order)

    await later(market, 80)

    await dispute.refresh_from_db()
    assert (dispute.status, dispute.outcome) == ("RESOLVED", DisputeOutcome.REFUNDED_FULL)
    refund = await Refund.get()
    assert (refund.amount_minor, refund.borne_by) == (8470, "OPERATOR")
    assert (await Order.get()).status is OrderStatus.COMPLETED


async def test_whoever_waits_in_vain_may_take_it_back_and_complain(market: Market) -> None:
    order = await on_its_way(market)
    dispute = await withdrawn(market, order)
    await later(market, 4)

    await act(market, ADA, disputes.withdraw, dispute.id)
    complained = await act(
        market, ADA, disputes.open_dispute, complaint(order, reason_handle=NOT_RECEIVED)
    )
    await later(market, 5)

    await complained.refresh_from_db()
    assert complained.outcome is DisputeOutcome.REFUNDED_FULL


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (LAMPS, DisputeStatus.UNDER_REVIEW),
        (OLGA, DisputeStatus.UNDER_REVIEW),
        (GATEWAY, DisputeStatus.RESOLVED),
        (ADA, DisputeStatus.RESOLVED),
    ],
)
async def test_only_the_carriers_word_or_the_buyers_own_that_it_came_is_enough(
    market: Market, who: Actor, status: DisputeStatus
) -> None:
    order = await on_its_way(market)
    dispute = await withdrawn(market, order)
    say: Any = orders.confirm_receipt if who is ADA else orders.mark_delivered
    await act(market, who, say, order.id)

    await later(market, 18)

    await dispute.refresh_from_db()
    assert dispute.status is status
    assert not await Refund.exists()


async def test_what_was_presumed_to_have_come_may_not_have(market: Market) -> None:
    order = await on_its_way(market)
    await later(market, 5)
    dispute = await withdrawn(market, order)

    await later(market, 14)

    await dispute.refresh_from_db()
    assert (await Order.get()).delivered_by == "SYSTEM"
    assert dispute.status is DisputeStatus.UNDER_REVIEW


@pytest.mark.parametrize("reason", [NOT_RECEIVED, "damaged"])
async def test_a_withdrawal_after_which_nothing_was_sent_decided_nothing(
    market: Market, reason: str
) -> None:
    order = await market.deliver(await market.place())
    market.clock.advance(2 * DAY)
    await withdrawn(market, order)
    await later(market, 14)

    dispute = await act(market, ADA, disputes.open_dispute, complaint(order, reason_handle=reason))

    assert dispute.status is DisputeStatus.AWAITING_SELLER


async def test_after_it_the_ordinary_window_goes_on_and_ends(market: Market) -> None:
    order = await market.deliver(await market.place())
    market.clock.advance(2 * DAY)
    await withdrawn(market, order)
    market.clock.advance(14 * DAY)
    assert await sweep(market.edge, named("dispute.return_ship")) == 1

    market.clock.advance(13 * DAY)

    async with refused(DisputeWindowClosed):
        await act(market, ADA, disputes.open_dispute, complaint(order))


async def test_withdrawing_again_and_again_does_not_keep_the_seller_waiting(
    market: Market,
) -> None:
    order = await market.deliver(await market.place())
    market.clock.advance(10 * DAY)
    for _ in range(2):
        await withdrawn(market, order)
        await later(market, 14)

    await later(market, 1)

    assert (await Order.get()).status is OrderStatus.COMPLETED
    assert (await Payment.get()).paid_out_minor == 8470
