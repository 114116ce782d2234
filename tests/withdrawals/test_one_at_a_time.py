"""One case at a time over an order's money: a withdrawal and an appeal wait for each other."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ordergraph.appeals import actions as appeals
from ordergraph.appeals.models import Appeal
from ordergraph.appeals.process import AppealWindowClosed
from ordergraph.deadlines import named
from ordergraph.disputes import actions as disputes
from ordergraph.disputes import returns
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.refusals import DisputeAlreadyOpen
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import ReturnAcknowledgement
from ordergraph.infra.database import Tx
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from ordergraph.withdrawals import actions as withdrawals
from tests.appeals.bench import appealed, eur, new, ruled
from tests.disputes.court import act, complaint, decided, disputed, refused
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid
from tests.races.pairs import Deed, at_once, in_turns, tally
from tests.withdrawals.documents import button, confirmed, drafted, seen, started

SECOND = timedelta(seconds=1)
PARCEL = returns.Parcel("Post", "R1")
ROUNDS = 20
APPEAL = """
query Q($id: ID!) { dispute(id: $id) { actions { kind available until blockedBy {
  __typename ... on DisputeAlreadyOpenError { dispute { id } } } } } }"""


async def withdrawn(market: Market, order: Order) -> Dispute:
    """Withdraw from all there is; the dispute that the law opens and grants."""
    draft = await drafted(market, order)
    row = await act(market, ADA, withdrawals.confirm, draft.id)
    return await Dispute.get(id=row.dispute_id)


async def sent_back(market: Market, dispute: Dispute) -> None:
    await act(market, ADA, returns.ship, dispute.id, PARCEL)
    await act(market, LAMPS, returns.acknowledge, dispute.id)


async def shown(market: Market, dispute: Dispute) -> dict[str, Any]:
    """What the seller is told about appealing."""
    answer = await market.ask(LAMPS, APPEAL, id=gid("Dispute", dispute.id))
    found: dict[str, Any] = next(
        action for action in answer["dispute"]["actions"] if action["kind"] == "APPEAL"
    )
    return found


async def test_a_withdrawal_waits_for_an_appeal_and_the_button_says_so(market: Market) -> None:
    first = await ruled(market, 3000)
    order = await Order.get()
    draft = await started(market, order)
    appeal = await appealed(market, ADA, first, 2000)

    blocked = button(await seen(market, order))
    again = await started(market, order)
    confirm = await confirmed(market, draft["withdrawal"]["id"])
    await act(market, OLGA, appeals.grant, appeal.id, eur(2000), "")
    free = await started(market, order)

    assert blocked is not None
    assert blocked["blockedBy"] == again == confirm
    assert again["__typename"] == "WithdrawalAwaitsAppealError"
    assert again["since"] == "2026-11-23T12:00:00.000Z"
    assert await Refund.filter(order_id=order.id).count() == 2
    assert free["withdrawal"]["statement"]["refund"] == {"amount": "34.70"}


async def test_an_appeal_waits_for_a_withdrawal_and_the_button_says_so(market: Market) -> None:
    first = await ruled(market, 3000)
    second = await withdrawn(market, await Order.get())

    async with refused(DisputeAlreadyOpen) as caught:
        await appealed(market, LAMPS, first, 3000)
    blocked = await shown(market, first)
    await sent_back(market, second)
    free = await shown(market, first)
    appeal = await appealed(market, LAMPS, first, 3000)

    assert caught.value.dispute_id == second.id
    assert blocked["blockedBy"]["__typename"] == "DisputeAlreadyOpenError"
    assert blocked["blockedBy"]["dispute"] == {"id": gid("Dispute", second.id)}
    assert free["available"]
    await act(market, OLGA, appeals.grant, appeal.id, eur(3000), "")
    assert {refund.amount_minor for refund in await Refund.all()} == {3000, 5470}


async def test_what_a_withdrawal_took_of_the_time_to_appeal_does_not_count(market: Market) -> None:
    first = await ruled(market, 3000)
    market.clock.advance(DAY)
    second = await withdrawn(market, await Order.get())
    market.clock.advance(10 * DAY)
    await sent_back(market, second)

    market.clock.advance(29 * DAY - SECOND)
    free = await shown(market, first)
    market.clock.advance(SECOND)

    assert (free["available"], free["until"]) == (True, "2027-01-02T12:00:00.000Z")
    async with refused(AppealWindowClosed):
        await appealed(market, LAMPS, first, 3000)


async def test_what_disputes_and_appeals_took_of_the_time_to_withdraw_is_given_back(
    market: Market,
) -> None:
    order = await market.deliver(await market.place())
    market.clock.advance(10 * DAY)
    first = await act(market, ADA, disputes.open_dispute, complaint(order))
    await act(market, LAMPS, disputes.refuse, first.id, "No.")
    await act(market, ADA, disputes.escalate, first.id, "")
    market.clock.advance(20 * DAY)
    await decided(market, OLGA, first, Terms(amount=eur(3000)))
    market.clock.advance(2 * DAY)
    appeal = await appealed(market, LAMPS, first, 3000)
    market.clock.advance(25 * DAY)
    await act(market, OLGA, appeals.deny, appeal.id, "No.")
    market.clock.advance(2 * DAY - SECOND)

    in_time = button(await seen(market, order))
    draft = await started(market, order)
    market.clock.advance(SECOND)
    too_late = await confirmed(market, draft["withdrawal"]["id"])

    assert in_time is not None
    assert (in_time["available"], in_time["until"]) == (True, "2027-01-21T12:00:00.000Z")
    assert too_late["__typename"] == "WithdrawalPeriodOverError"
    assert await sweep(market.edge, named("order.protection_ends")) == 0
    market.clock.advance(DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 1


async def test_the_time_before_the_parcel_came_is_not_given_back(market: Market) -> None:
    order = await market.ship(await market.place(), promised_at=market.clock.at + DAY)
    dispute = await withdrawn(market, order)
    market.clock.advance(3 * DAY)
    await act(market, LAMPS, orders.mark_delivered, order.id)
    market.clock.advance(DAY)
    await act(market, ADA, disputes.withdraw, dispute.id)

    order = await Order.get()

    assert order.delivered_at is not None
    assert order.protection_ends_at == order.delivered_at + 16 * DAY


async def test_taking_disputes_back_again_and_again_does_not_keep_the_seller_waiting(
    market: Market,
) -> None:
    order = await market.deliver(await market.place())
    for _ in range(3):
        dispute = await act(market, ADA, disputes.open_dispute, complaint(order))
        market.clock.advance(4 * DAY)
        await act(market, ADA, disputes.withdraw, dispute.id)

    order = await Order.get()

    assert order.delivered_at is not None
    assert order.protection_ends_at == order.delivered_at + (15 + 4) * DAY


async def test_outside_the_eu_nothing_is_given_back(market: Market) -> None:
    await act(market, OLGA, marketplace.publish, Policy(eu_withdrawal=False))
    dispute = await disputed(market)
    market.clock.advance(4 * DAY)
    await act(market, LAMPS, disputes.accept, dispute.id)

    order = await Order.get()

    assert order.delivered_at is not None
    assert order.protection_ends_at == order.delivered_at + 15 * DAY


async def _two_appeals(market: Market) -> tuple[Appeal, Appeal]:
    """Two decisions over one order, both appealed against: of the complaint and of the withdrawal."""
    first = await ruled(market, 3000)
    second = await withdrawn(market, await Order.get())
    await act(market, ADA, returns.ship, second.id, PARCEL)
    answer = ReturnAcknowledgement.ITEM_NOT_RECEIVED
    await act(market, LAMPS, returns.contest, second.id, answer, "Nothing came.")
    await decided(market, OLGA, second, Terms(amount=eur(0)))
    one = await appealed(market, LAMPS, first, 3000)
    market.clock.advance(DAY)
    return one, await appealed(market, ADA, second, 5470)


async def test_the_order_goes_on_when_the_last_of_all_appeals_is_over(market: Market) -> None:
    one, other = await _two_appeals(market)

    await act(market, OLGA, appeals.deny, other.id, "No.")
    between = await Order.get()
    await act(market, OLGA, appeals.deny, one.id, "No.")
    after = await Order.get()

    assert between.disputed_at == market.clock.at - DAY
    assert after.disputed_at is None
    assert after.delivered_at is not None
    assert after.protection_ends_at == after.delivered_at + 16 * DAY


async def test_the_seller_is_paid_when_nothing_is_open_any_more(market: Market) -> None:
    one, other = await _two_appeals(market)
    await act(market, LAMPS, appeals.withdraw, one.id)
    market.clock.advance(20 * DAY)

    assert await sweep(market.edge, named("order.protection_ends")) == 0

    await act(market, OLGA, appeals.grant, other.id, eur(5470), "")
    market.clock.advance(20 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 1
    assert (await Order.get()).status is OrderStatus.COMPLETED
    assert (await Payment.get()).paid_out_minor == 0


async def test_an_earlier_decision_outlives_a_withdrawal_that_was_taken_back(
    market: Market,
) -> None:
    await ruled(market, 3000)
    order = await Order.get()
    second = await withdrawn(market, order)
    await act(market, ADA, disputes.withdraw, second.id)
    query = "query Q($id: ID!) { order(id: $id) { actions { kind blockedBy { __typename } } } }"

    shown = await market.ask(ADA, query, id=gid("Order", order.id))
    answer = await market.ask(ADA, OPEN, id=gid("Order", order.id))

    buttons = {action["kind"]: action["blockedBy"] for action in shown["order"]["actions"]}
    assert buttons["OPEN_DISPUTE"] == answer["disputeOpen"]
    assert answer["disputeOpen"] == {"__typename": "DisputeAlreadyDecidedError"}


OPEN = """mutation M($id: ID!) { disputeOpen(input: {orderId: $id, reasonHandle: "damaged",
  description: "Broken.", amount: "1.00", asked: REFUND_ONLY}) { __typename } }"""


def _confirm(row: withdrawals.Withdrawal) -> Deed:
    async def confirm(tx: Tx) -> object:
        return await withdrawals.confirm(tx, row.id)

    return confirm


def _appeal(dispute: Dispute) -> Deed:
    async def appeal(tx: Tx) -> object:
        return await appeals.appeal(tx, new(dispute, 1000))

    return appeal


@pytest.mark.timeout(300)
async def test_a_confirmation_and_an_appeal_at_once_make_one_of_them(market: Market) -> None:
    outcomes = []
    for number in range(ROUNDS):
        first = await ruled(market, 3000)
        draft = await drafted(market, await Order.get(id=first.order_id))
        pair = in_turns(number, (ADA, _confirm(draft)), (LAMPS, _appeal(first)))

        outcomes.append(await at_once(market, *pair))

        open_ = await Dispute.filter(order_id=first.order_id).exclude(status="RESOLVED").count()
        made = await Appeal.filter(order_id=first.order_id).count()
        assert open_ + made == 1

    refusals = Counter(name for pair in outcomes for name in pair)
    assert refusals["done"] == ROUNDS
    assert set(refusals) <= {"done", "DisputeAlreadyOpen", "WithdrawalAwaitsAppeal"}, tally(
        outcomes
    )
