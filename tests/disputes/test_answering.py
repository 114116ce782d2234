"""Answering a dispute: accepting, refusing, withdrawing, escalating, deciding, sending back."""

from uuid import uuid4

import pytest

from ordergraph.disputes import actions, returns
from ordergraph.disputes.models import Dispute, Message
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.refusals import (
    DisputeAlreadyDecided,
    DisputeDeadlinePassed,
    NotYourTurn,
)
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DecidedBy, DisputeOutcome, DisputeStage, DisputeStatus
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput, NotFound, Refusal
from ordergraph.orders.models import OrderLine
from ordergraph.refunds.models import RefundLine
from ordergraph.refunds.process import RefundCause, RefundStatus
from tests.disputes.court import (
    GOODS_FIRST,
    TOTAL,
    act,
    complaint,
    decided,
    disputed,
    refund_of,
    refused,
    told,
)
from tests.market import ADA, BEN, DAY, LAMPS, NOON, OLGA, PAPER, Market, line

S, A = DisputeStatus, DisputeAction
PARCEL = returns.Parcel("Post", "R1")


async def test_accepting_promises_the_money_in_a_week(market: Market) -> None:
    dispute = await disputed(market)

    done = await act(market, LAMPS, actions.accept, dispute.id)

    assert done.status is S.RESOLVED
    assert done.outcome is DisputeOutcome.REFUNDED_FULL
    assert done.decided_by is DecidedBy.SELLER
    assert (done.approved, done.closed_at) == (TOTAL, NOON)
    refund = await refund_of(dispute)
    assert refund is not None
    assert (refund.amount, refund.shipping_minor) == (TOTAL, 490)
    assert (refund.cause, refund.status) == (RefundCause.DISPUTE, RefundStatus.SCHEDULED)
    assert refund.due_at == NOON + 7 * DAY
    order = await dispute.order
    assert order.disputed_at is None
    assert (await told(order.id))[-2:] == ["refund.scheduled", "dispute.accepted"]


async def test_a_part_is_spread_over_the_lines_by_what_they_have_left(market: Market) -> None:
    bought = (line("Lamp", 1, "30.00"), line("Bulb", 3, "3.35"), line("Gift", 1, "0.00"))
    order = await market.deliver(await market.place(*bought, shipping="4.90"))
    dispute = await act(
        market, ADA, actions.open_dispute, complaint(order, amount=Money(1001, "EUR"))
    )

    await act(market, LAMPS, actions.accept, dispute.id)

    refund = await refund_of(dispute)
    assert refund is not None
    parts = await RefundLine.filter(refund_id=refund.id)
    assert sorted(part.amount_minor for part in parts) == [251, 750]
    assert refund.shipping_minor == 0
    lines = await OrderLine.filter(order_id=order.id).order_by("position")
    assert [row.refunded_minor for row in lines] == [750, 251, 0]


async def test_refusing_needs_a_text_and_asks_the_buyer(market: Market) -> None:
    dispute = await disputed(market)

    async with refused(InvalidInput):
        await act(market, LAMPS, actions.refuse, dispute.id, " ")
    market.clock.advance(DAY)
    done = await act(market, LAMPS, actions.refuse, dispute.id, "It left us whole.")

    assert done.status is S.AWAITING_BUYER
    assert done.buyer_response_due_at == NOON + 8 * DAY
    line, message = await Message.filter(dispute_id=dispute.id).order_by("position")
    assert (line.event_type, line.position) == ("dispute.refused", 1)
    assert (message.body, message.author_role, message.position) == (
        "It left us whole.",
        "SELLER",
        2,
    )
    assert await refund_of(dispute) is None


async def test_withdrawing_ends_it_and_the_orders_clocks_run_on(market: Market) -> None:
    dispute = await disputed(market)

    done = await act(market, ADA, actions.withdraw, dispute.id)

    assert (done.status, done.outcome) == (S.RESOLVED, DisputeOutcome.WITHDRAWN)
    assert (done.decided_by, done.approved) == (DecidedBy.BUYER, None)
    assert (await dispute.order).disputed_at is None
    assert await refund_of(dispute) is None


async def _escalated(market: Market, note: str = "") -> Dispute:
    dispute = await disputed(market)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    return await act(market, ADA, actions.escalate, dispute.id, note)


async def test_escalating_gives_the_operator_thirty_days(market: Market) -> None:
    dispute = await _escalated(market, "Please look at the photo.")

    assert (dispute.status, dispute.stage) == (S.UNDER_REVIEW, DisputeStage.MEDIATION)
    assert dispute.decision_due_at == NOON + 30 * DAY
    assert dispute.message_count == 4, "two lines, two texts"
    assert (await told(dispute.order_id))[-2:] == ["dispute.escalated", "dispute.message_sent"]


async def test_escalating_needs_no_text(market: Market) -> None:
    dispute = await _escalated(market)

    assert dispute.message_count == 3, "two lines, the seller's text"


@pytest.mark.parametrize(
    ("minor", "outcome"),
    [
        (8470, DisputeOutcome.REFUNDED_FULL),
        (1, DisputeOutcome.REFUNDED_PARTIAL),
        (0, DisputeOutcome.NO_REFUND),
    ],
)
async def test_the_operator_decides_how_much_goes_back(
    market: Market, minor: int, outcome: DisputeOutcome
) -> None:
    dispute = await _escalated(market)

    done = await decided(market, OLGA, dispute, Terms(amount=Money(minor, "EUR")), "As we see it.")

    assert (done.outcome, done.decided_by) == (outcome, DecidedBy.OPERATOR)
    assert (done.approved_minor, done.decision_note) == (minor, "As we see it.")
    refund = await refund_of(dispute)
    assert (refund.amount_minor if refund else 0) == minor


async def test_the_operator_cannot_give_more_than_was_asked_for_nor_less_than_nothing(
    market: Market,
) -> None:
    dispute = await _escalated(market)

    async with refused(AmountTooHigh) as caught:
        await decided(market, OLGA, dispute, Terms(amount=Money(8471, "EUR")))
    assert caught.value.maximum == TOTAL
    async with refused(InvalidInput):
        await decided(market, OLGA, dispute, Terms(amount=Money(-1, "EUR")))


async def test_an_operator_who_is_a_party_does_not_decide(market: Market) -> None:
    dispute = await _escalated(market)
    judge_in_own_case = Actor(frozenset({Role.OPERATOR, Role.BUYER}), ADA.user_id)

    async with refused(Refusal):
        await decided(market, judge_in_own_case, dispute, Terms(amount=TOTAL))


async def test_the_goods_go_back_before_the_money(market: Market) -> None:
    dispute = await disputed(market, asked=GOODS_FIRST)

    granted = await act(market, LAMPS, actions.accept, dispute.id)
    assert (granted.status, granted.return_ship_by_at) == (S.AWAITING_RETURN, NOON + 10 * DAY)
    assert await refund_of(dispute) is None
    for bad in (returns.Parcel("", "R1"), returns.Parcel("Post", "x" * 81)):
        async with refused(InvalidInput):
            await act(market, ADA, returns.ship, dispute.id, bad)
    sent = await act(market, ADA, returns.ship, dispute.id, PARCEL)
    assert sent.return_acknowledge_by_at == NOON + 30 * DAY
    done = await act(market, LAMPS, returns.acknowledge, dispute.id)

    assert (done.outcome, done.decided_by) == (DisputeOutcome.REFUNDED_FULL, DecidedBy.SELLER)
    refund = await refund_of(dispute)
    assert refund is not None
    assert (refund.cause, refund.amount) == (RefundCause.RETURN, TOTAL)


async def test_an_answer_on_the_second_is_too_late_although_no_worker_has_run(
    market: Market,
) -> None:
    dispute = await disputed(market)
    market.clock.advance(5 * DAY)

    async with refused(DisputeDeadlinePassed) as caught:
        await act(market, LAMPS, actions.refuse, dispute.id, "Sorry, I was away.")
    assert caught.value.due_at == NOON + 5 * DAY
    async with refused(DisputeDeadlinePassed):
        await act(market, ADA, actions.withdraw, dispute.id)


async def test_whoever_is_not_asked_hears_whom_it_waits_for(market: Market) -> None:
    dispute = await disputed(market)

    async with refused(NotYourTurn) as caught:
        await act(market, ADA, actions.escalate, dispute.id, "")
    assert (caught.value.waiting_for, caught.value.until) == (Role.SELLER, NOON + 5 * DAY)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    async with refused(NotYourTurn):
        await act(market, LAMPS, actions.accept, dispute.id)


async def test_what_is_over_stays_over(market: Market) -> None:
    dispute = await disputed(market)
    await act(market, LAMPS, actions.accept, dispute.id)

    async with refused(DisputeAlreadyDecided) as caught:
        await act(market, LAMPS, actions.accept, dispute.id)
    assert caught.value.closed_at == NOON


@pytest.mark.parametrize("stranger", [BEN, PAPER])
async def test_a_stranger_finds_no_dispute(market: Market, stranger: Actor) -> None:
    dispute = await disputed(market)

    async with refused(NotFound):
        await act(market, stranger, actions.withdraw, dispute.id)
    async with refused(NotFound):
        await act(market, ADA, actions.withdraw, uuid4())
