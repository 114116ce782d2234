"""What happens in a dispute by itself."""

import asyncio

import pytest

from ordergraph.deadlines import named
from ordergraph.disputes import actions, queries, returns
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.words import DecidedBy, DisputeOutcome, DisputeStage, DisputeStatus
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import GATEWAY, SYSTEM, Role
from ordergraph.kernel.policy import DAY as DAY_S
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders import actions as orders
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.process import RefundCause
from ordergraph.sweeping import sweep
from ordergraph.withdrawals import actions as withdrawals
from tests.disputes.court import (
    GOODS_FIRST,
    TOTAL,
    act,
    complaint,
    disputed,
    fall_due,
    refund_of,
    told,
)
from tests.market import ADA, DAY, LAMPS, NOON, Market
from tests.withdrawals.documents import drafted

S = DisputeStatus


async def closed_by(dispute: Dispute) -> dict[str, object]:
    row = await EventRow.get(order_id=dispute.order_id, type="dispute.closed_by_deadline")
    assert row.actor_role == Role.SYSTEM
    return {name: row.data[name] for name in ("move", "outcome", "platform_pays")}


async def test_a_silent_seller_grants_the_money(market: Market) -> None:
    dispute = await disputed(market)
    market.clock.advance(5 * DAY)

    done = await fall_due(market, dispute)

    assert (done.outcome, done.decided_by) == (DisputeOutcome.REFUNDED_FULL, DecidedBy.DEADLINE)
    refund = await refund_of(dispute)
    assert refund is not None
    assert (refund.amount, refund.due_at) == (TOTAL, NOON + 12 * DAY)
    assert await closed_by(dispute) == {
        "move": "SELLER_SILENT",
        "outcome": "REFUNDED_FULL",
        "platform_pays": False,
    }


async def test_a_silent_seller_grants_the_return_that_was_asked_for(market: Market) -> None:
    dispute = await disputed(market, asked=GOODS_FIRST)
    market.clock.advance(5 * DAY)

    done = await fall_due(market, dispute)

    assert (done.status, done.return_ship_by_at) == (S.AWAITING_RETURN, NOON + 15 * DAY)
    assert await refund_of(dispute) is None
    assert (await told(dispute.order_id))[-1] == "dispute.accepted"


async def test_where_the_carrier_proves_delivery_silence_goes_to_the_operator(
    market: Market,
) -> None:
    order = await market.ship(await market.place())
    async with market.edge.transaction(GATEWAY) as tx:
        await orders.mark_delivered(tx, order.id)
    denied = complaint(order, reason_handle="not-received")
    dispute = await act(market, ADA, actions.open_dispute, denied)
    market.clock.advance(5 * DAY)

    done = await fall_due(market, dispute)

    assert (done.status, done.stage) == (S.UNDER_REVIEW, DisputeStage.MEDIATION)
    assert done.decision_due_at == NOON + 35 * DAY
    assert await refund_of(dispute) is None


async def test_where_a_party_says_delivered_silence_still_grants_the_money(
    market: Market,
) -> None:
    dispute = await disputed(market, reason_handle="not-received")
    market.clock.advance(5 * DAY)

    assert (await fall_due(market, dispute)).outcome is DisputeOutcome.REFUNDED_FULL


async def test_a_buyer_who_lets_a_refusal_rest_gets_nothing(market: Market) -> None:
    dispute = await disputed(market)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    market.clock.advance(7 * DAY)

    done = await fall_due(market, dispute)

    assert (done.outcome, done.approved_minor) == (DisputeOutcome.NO_REFUND, 0)
    assert await refund_of(dispute) is None
    assert (await closed_by(dispute))["move"] == "BUYER_SILENT"


async def test_a_negotiation_without_end_goes_to_the_operator_even_if_the_worker_is_late(
    market: Market,
) -> None:
    """Both clocks are over; the one that fired first decides, not the one that is swept first."""
    async with market.edge.transaction(SYSTEM) as tx:
        await marketplace.publish(tx, Policy(negotiation_s=3 * DAY_S))
    dispute = await disputed(market)
    market.clock.advance(6 * DAY)

    done = await fall_due(market, dispute)

    assert (done.status, done.decision_due_at) == (S.UNDER_REVIEW, NOON + 36 * DAY)
    assert (await told(dispute.order_id))[-1] == "dispute.escalated"


async def test_goods_that_never_go_back_bring_no_money(market: Market) -> None:
    dispute = await disputed(market, asked=GOODS_FIRST)
    await act(market, LAMPS, actions.accept, dispute.id)
    market.clock.advance(10 * DAY)

    done = await fall_due(market, dispute)

    assert done.outcome is DisputeOutcome.NO_REFUND
    assert (await closed_by(dispute))["move"] == "RETURN_NOT_SHIPPED"


async def test_goods_that_nobody_acknowledges_count_as_received(market: Market) -> None:
    dispute = await disputed(market, asked=GOODS_FIRST)
    await act(market, LAMPS, actions.accept, dispute.id)
    await act(market, ADA, returns.ship, dispute.id, returns.Parcel("Post", "R1"))
    market.clock.advance(30 * DAY)

    done = await fall_due(market, dispute)

    assert done.outcome is DisputeOutcome.REFUNDED_FULL
    refund = await refund_of(dispute)
    assert refund is not None
    assert refund.cause is RefundCause.RETURN


async def test_an_operator_who_does_not_decide_costs_the_platform(market: Market) -> None:
    dispute = await disputed(market)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    await act(market, ADA, actions.escalate, dispute.id, "")
    market.clock.advance(30 * DAY)

    await fall_due(market, dispute)

    assert await closed_by(dispute) == {
        "move": "REVIEW_OVERDUE",
        "outcome": "REFUNDED_FULL",
        "platform_pays": True,
    }


async def test_a_dispute_that_is_not_due_is_left_alone(market: Market) -> None:
    dispute = await disputed(market)

    with pytest.raises(AssertionError, match="not due yet"):
        await fall_due(market, dispute)


async def test_after_a_dispute_over_a_lost_parcel_the_orders_own_clocks_run_on(
    market: Market,
) -> None:
    order = await market.ship(await market.place(), promised_at=NOON + DAY)
    market.clock.advance(DAY)
    missing = complaint(order, reason_handle="not-received")
    dispute = await act(market, ADA, actions.open_dispute, missing)
    await act(market, ADA, actions.withdraw, dispute.id)

    await order.refresh_from_db()
    assert order.status is OrderStatus.DELIVERED
    assert order.disputed_at is None
    assert order.protection_ends_at == NOON + 16 * DAY
    market.clock.advance(15 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 1


async def test_a_parcel_that_should_have_come_during_a_dispute_counts_as_there_when_it_is_over(
    market: Market,
) -> None:
    """The clock stood still: nobody loses a right by it."""
    order = await market.ship(await market.place(), promised_at=NOON + DAY)
    draft = await drafted(market, order)
    by_law = await act(market, ADA, withdrawals.confirm, draft.id)
    market.clock.advance(10 * DAY)
    assert by_law.dispute_id is not None
    await act(market, ADA, actions.withdraw, by_law.dispute_id)

    assert await sweep(market.edge, named("order.presumed_delivered")) == 1

    await order.refresh_from_db()
    assert order.status is OrderStatus.DELIVERED
    assert order.delivered_at == NOON + 10 * DAY
    assert order.protection_ends_at == NOON + 25 * DAY


async def test_a_row_that_somebody_holds_is_skipped(market: Market) -> None:
    dispute = await disputed(market)
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold_it() -> None:
        async with market.edge.transaction(ADA) as tx:
            await queries.lock(tx, dispute.id)
            held.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(hold_it())
        await held.wait()
        async with market.edge.transaction(SYSTEM):
            assert await queries.claim(dispute.id) is None
        let_go.set()
    async with market.edge.transaction(SYSTEM):
        assert await queries.claim(dispute.id) is not None
