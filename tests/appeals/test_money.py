"""What an appeal adds, to the cent: a refund for the buyer, the marketplace's money for the seller."""

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError

from ordergraph.appeals import actions
from ordergraph.appeals.models import Appeal
from ordergraph.appeals.process import AppealStatus
from ordergraph.deadlines import named, named_errand
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.words import DisputeStage
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.ledger.process import Account, Posting
from ordergraph.payments.models import Payment
from ordergraph.refunds import commands
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause
from ordergraph.sweeping import sweep
from tests.appeals.bench import appealed, completed, eur, ruled
from tests.books.audit import found, tamper
from tests.disputes.court import act
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.payments.ledger import balances

TOTAL = 8470
A = Account


async def _all_is_paid(market: Market) -> None:
    """Let every promise fall due and be sent, and the order complete."""
    market.clock.advance(30 * DAY)
    for clock in ("refund.due", "order.protection_ends"):
        await sweep(market.edge, named(clock))
    while await run_errands(market.cashier, named_errand("refund.attempt")):
        pass


async def test_a_granted_buyer_gets_a_further_refund_out_of_the_sellers_money(
    market: Market,
) -> None:
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, ADA, dispute, 5470)

    await act(market, OLGA, actions.grant, appeal.id, eur(2000), "A little more.")

    refund = await Refund.get(cause_id=appeal.id)
    assert (refund.cause, refund.amount_minor) == (RefundCause.DISPUTE, 2000)
    assert (refund.borne_by, refund.due_at) == (Role.SELLER, market.clock.at + 7 * DAY)
    await _all_is_paid(market)
    assert await balances(dispute.order_id) == {
        A.CAPTURED: TOTAL,
        A.REFUNDED: -5000,
        A.PAID_OUT: -3470,
    }
    assert sum([line.refunded_minor for line in await OrderLine.all()]) == 5000
    assert await found(market) == []


async def test_a_granted_seller_is_made_good_by_the_marketplace(market: Market) -> None:
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, LAMPS, dispute, 3000)

    await act(market, OLGA, actions.grant, appeal.id, eur(1000), "")

    assert await balances(dispute.order_id) == {
        A.CAPTURED: TOTAL,
        A.REFUND_RESERVED: -3000,
        A.SELLER_PAYABLE: -(TOTAL - 3000 + 1000),
        A.PLATFORM_COST: 1000,
    }
    await _all_is_paid(market)
    assert await balances(dispute.order_id) == {
        A.CAPTURED: TOTAL,
        A.REFUNDED: -3000,
        A.PLATFORM_COST: 1000,
        A.PAID_OUT: -(TOTAL - 2000),
    }
    assert await found(market) == []


async def test_after_the_payout_the_marketplace_bears_both(market: Market) -> None:
    """ADR 10: a seller who was paid out gives nothing back; what is owed to them is paid at once."""
    dispute = await ruled(market, 3000)
    assert (await completed(market, dispute.order_id)).status is OrderStatus.COMPLETED
    buyers = await appealed(market, ADA, dispute, 5470)
    sellers = await appealed(market, LAMPS, dispute, 3000)

    await act(market, OLGA, actions.grant, buyers.id, eur(470), "")
    await act(market, OLGA, actions.grant, sellers.id, eur(3000), "")

    assert (await Refund.get(cause_id=buyers.id)).borne_by is Role.OPERATOR
    assert (await Payment.get(order_id=dispute.order_id)).paid_out_minor == TOTAL
    await _all_is_paid(market)
    assert await balances(dispute.order_id) == {
        A.CAPTURED: TOTAL,
        A.REFUNDED: -3470,
        A.PLATFORM_COST: 3470,
        A.PAID_OUT: -TOTAL,
    }
    assert await found(market) == []


@pytest.mark.parametrize("who", [ADA, LAMPS])
async def test_when_nobody_decides_it_is_granted_at_the_marketplaces_cost(
    market: Market, who: object
) -> None:
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, who, dispute, 2000)  # type: ignore[arg-type]  # one of the two
    market.clock.advance(30 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 0

    assert await sweep(market.edge, named("appeal.decision")) == 1

    await appeal.refresh_from_db()
    assert (appeal.status, appeal.granted_minor) == (AppealStatus.GRANTED, 2000)
    assert appeal.ended_by is Role.SYSTEM
    assert (await Payment.get(order_id=dispute.order_id)).platform_cost_minor == 2000
    await _all_is_paid(market)
    assert await found(market) == []


async def test_a_refund_called_off_later_takes_back_what_was_made_good(market: Market) -> None:
    """Else the seller would have it twice: from the refund, and from the marketplace."""
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, LAMPS, dispute, 1000)
    await act(market, OLGA, actions.grant, appeal.id, eur(1000), "")
    refund = await Refund.get(cause_id=dispute.id)

    await act(market, OLGA, commands.cancel, refund.id, "A mistake.")

    assert await balances(dispute.order_id) == {A.CAPTURED: TOTAL, A.SELLER_PAYABLE: -TOTAL}
    assert await found(market) == []


async def test_a_refund_called_off_before_leaves_nothing_to_make_good(market: Market) -> None:
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, LAMPS, dispute, 1000)
    await act(market, OLGA, commands.cancel, (await Refund.get(cause_id=dispute.id)).id, "Wrong.")

    with pytest.raises(AmountTooHigh) as caught:
        await act(market, OLGA, actions.grant, appeal.id, eur(1), "")
    market.clock.advance(30 * DAY)
    await sweep(market.edge, named("appeal.decision"))

    assert caught.value.maximum == eur(0)
    await appeal.refresh_from_db()
    assert (appeal.status, appeal.granted_minor) == (AppealStatus.GRANTED, 0)
    assert not await LedgerEntry.filter(kind=Posting.SELLER_COMPENSATED).exists()
    assert await found(market) == []


@pytest.mark.parametrize(("minor", "refusal"), [(0, InvalidInput), (2001, AmountTooHigh)])
async def test_no_more_is_granted_than_was_asked_for(
    market: Market, minor: int, refusal: type[Exception]
) -> None:
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, ADA, dispute, 2000)

    with pytest.raises(refusal):
        await act(market, OLGA, actions.grant, appeal.id, eur(minor), "")

    assert await Refund.all().count() == 1
    assert await Appeal.filter(status=AppealStatus.UNDER_REVIEW).count() == 1


async def test_both_sides_appeal_and_each_grant_works_while_the_other_is_open(
    market: Market,
) -> None:
    dispute = await ruled(market, 3000)
    buyers = await appealed(market, ADA, dispute, 1000)
    sellers = await appealed(market, LAMPS, dispute, 1000)

    await act(market, OLGA, actions.grant, buyers.id, eur(1000), "")
    between = await Dispute.get(id=dispute.id)
    order = await Order.get(id=dispute.order_id)
    assert (between.stage, order.disputed_at) == (DisputeStage.APPEAL, market.clock.at)
    await act(market, OLGA, actions.grant, sellers.id, eur(1000), "")

    after = await Dispute.get(id=dispute.id)
    await order.refresh_from_db()
    assert (after.stage, order.disputed_at) == (DisputeStage.MEDIATION, None)
    await _all_is_paid(market)
    assert await found(market) == []


FURTHER = """
INSERT INTO refunds (id, order_id, payment_id, status, version, cause, cause_id, method, borne_by, note,
                     currency, amount_minor, shipping_minor, adjustment_minor, created_at, due_at,
                     attempts, declines, unanswered, outcome_unknown)
SELECT gen_random_uuid(), order_id, payment_id, 'SCHEDULED', 1, 'GOODWILL', gen_random_uuid(), method,
       borne_by, '', currency, 1, 0, 1, created_at, due_at, 0, 0, 0, false FROM refunds"""


async def test_the_database_lets_no_other_refund_in_while_an_appeal_is_open(
    market: Market,
) -> None:
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, ADA, dispute, 1000)

    with pytest.raises(IntegrityError, match="an appeal over order"):
        await connections.get("default").execute_query(FURTHER)

    await act(market, ADA, actions.withdraw, appeal.id)
    await connections.get("default").execute_query(FURTHER)


async def test_reconciling_finds_what_was_made_good_and_is_not_entered(market: Market) -> None:
    dispute = await ruled(market, 3000)
    appeal = await appealed(market, LAMPS, dispute, 1000)
    await act(market, OLGA, actions.grant, appeal.id, eur(1000), "")

    await tamper("UPDATE refunds SET compensated_minor = 999")

    assert {difference.kind.value for difference in await found(market)} == {"COMPENSATED"}
