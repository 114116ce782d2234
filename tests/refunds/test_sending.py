"""Sending refunds to a gateway that loses answers, declines, dawdles and hangs."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise import connections

from ordergraph.deadlines import named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.outbox import EventRow
from ordergraph.payments.gateways.protocol import Standing
from ordergraph.payments.models import Payment
from ordergraph.refunds import claiming, recording, sending
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.pending import pending_reason
from ordergraph.refunds.process import (
    BACK_OFF,
    RefundFailureReason,
    RefundPendingReason,
    RefundStatus,
)
from tests.market import DAY, LAMPS, NOON, Market
from tests.orders.commands import do
from tests.scripted import Scripted, cashier
from tests.states import cancel, fall_due, refund_in
from tests.watching import open_transactions, snapshot

DUE = NOON + timedelta(days=7)


@pytest.fixture
async def due(market: Market) -> Refund:
    """A refund whose promised date has come."""
    return await refund_in(market, RefundStatus.PROCESSING)


async def _outcomes(refund: Refund) -> list[AttemptOutcome]:
    rows = await RefundAttempt.filter(refund_id=refund.id).order_by("number")
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    return [row.outcome for row in rows]


async def _told(refund: Refund) -> list[str]:
    rows = await EventRow.filter(order_id=refund.order_id, type__startswith="refund.")
    return [row.type for row in sorted(rows, key=lambda row: row.position)]


async def test_a_refund_that_is_due_is_sent_once_and_settled(market: Market, due: Refund) -> None:
    teller, gateway = cashier(market)

    await teller.send(due.id)

    await due.refresh_from_db()
    assert due.status is RefundStatus.SUCCEEDED
    assert due.sent_at == due.settled_at == DUE
    assert (due.gateway_reference, due.bank_reference) == (f"given-{due.id}", f"BANK-{due.id}")
    assert due.claim is None
    assert pending_reason(due) is None
    assert gateway.calls == [f"refund refund-{due.id}-0"]
    payment = await Payment.get(id=due.payment_id)
    assert (payment.refund_reserved_minor, payment.refunded_minor) == (0, due.amount_minor)
    assert await _told(due) == ["refund.scheduled", "refund.due", "refund.succeeded"]


async def test_sending_again_changes_nothing(market: Market, due: Refund) -> None:
    """J5."""
    teller, gateway = cashier(market)
    await teller.send(due.id)
    before = await snapshot()

    await teller.send(due.id)

    assert await snapshot() == before
    assert len(gateway.calls) == 1


async def test_before_its_date_nothing_is_sent(market: Market) -> None:
    """J7."""
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    teller, gateway = cashier(market)
    before = await snapshot()

    await teller.send(refund.id)

    assert gateway.calls == []
    assert await snapshot() == before


async def test_an_answer_lost_after_the_effect_is_looked_up_and_not_sent_again(
    market: Market, due: Refund
) -> None:
    """M6, M7."""
    teller, gateway = cashier(market, "lost")

    await teller.send(due.id)
    await due.refresh_from_db()
    assert due.status is RefundStatus.PROCESSING
    assert due.outcome_unknown
    assert pending_reason(due) is RefundPendingReason.OUTCOME_UNKNOWN
    assert due.next_attempt_at == DUE + timedelta(minutes=1)
    market.clock.advance(timedelta(minutes=1))
    await teller.send(due.id)

    await due.refresh_from_db()
    assert due.status is RefundStatus.SUCCEEDED
    assert gateway.calls == [f"refund refund-{due.id}-0", "find_refund"]
    assert len(gateway.sent) == 1
    assert await _outcomes(due) == [AttemptOutcome.UNKNOWN, AttemptOutcome.SUCCEEDED]


async def test_a_call_cut_before_the_effect_is_looked_up_and_then_sent_with_the_same_key(
    market: Market, due: Refund
) -> None:
    """M5, M7."""
    teller, gateway = cashier(market, "cut")

    await teller.send(due.id)
    market.clock.advance(timedelta(minutes=1))
    await teller.send(due.id)

    sent = f"refund refund-{due.id}-0"
    assert gateway.calls == [sent, "find_refund", sent]
    assert (await Refund.get(id=due.id)).status is RefundStatus.SUCCEEDED


async def test_a_gateway_that_never_answers_is_given_up_in_time_as_unknown(
    market: Market, due: Refund
) -> None:
    teller, gateway = cashier(market, "hang", timeout_s=0.05)

    await teller.send(due.id)
    market.clock.advance(timedelta(minutes=1))
    await teller.send(due.id)

    assert await _outcomes(due) == [AttemptOutcome.UNKNOWN, AttemptOutcome.SUCCEEDED]
    assert len(gateway.sent) == 1


async def test_a_look_up_that_fails_sends_nothing(market: Market, due: Refund) -> None:
    teller, gateway = cashier(market, "lost")
    await teller.send(due.id)
    market.clock.advance(timedelta(minutes=1))
    gateway.during = _unreachable

    await teller.send(due.id)

    assert gateway.calls[1:] == ["find_refund"]
    assert await _outcomes(due) == [AttemptOutcome.UNKNOWN, AttemptOutcome.UNKNOWN]


async def _unreachable() -> None:
    raise ConnectionRefusedError


@pytest.mark.parametrize(
    "back_off", [BACK_OFF, (timedelta(seconds=1), timedelta(seconds=9))], ids=["usual", "set"]
)
async def test_the_waits_between_looks_grow_and_then_stay(
    market: Market, due: Refund, back_off: tuple[timedelta, ...]
) -> None:
    tries = len(back_off) + 2
    teller, _ = cashier(market, *["cut"] * tries)
    teller = replace(teller, back_off=back_off)
    waits = []
    for _ in range(tries):
        await teller.send(due.id)
        await due.refresh_from_db()
        assert due.next_attempt_at is not None
        waits.append(due.next_attempt_at - market.clock.at)
        market.clock.at = due.next_attempt_at

    assert waits == [*back_off, back_off[-1], back_off[-1]]


async def test_a_ring_during_a_look_is_not_slept_over(market: Market, due: Refund) -> None:
    """What the gateway answers may be older than what it rings for."""
    teller, gateway = cashier(market, "pending")
    await teller.send(due.id)
    market.clock.advance(DAY)

    async def ring() -> None:
        async with market.edge.transaction(sending.SYSTEM) as tx:
            assert await sending.hurry(tx, due.id)

    gateway.during = ring
    await teller.send(due.id)

    await due.refresh_from_db()
    assert (due.status, due.next_attempt_at) == (RefundStatus.PENDING, market.clock.at)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("CARD_EXPIRED", RefundFailureReason.CARD_EXPIRED),
        ("INSUFFICIENT_FUNDS", RefundFailureReason.INSUFFICIENT_FUNDS),
        ("a code that we never heard of", RefundFailureReason.UNKNOWN),
    ],
)
async def test_a_definite_no_waits_for_people_and_not_in_a_loop(
    market: Market, due: Refund, code: str, reason: RefundFailureReason
) -> None:
    """M8."""
    teller, gateway = cashier(market, code)

    await teller.send(due.id)
    market.clock.advance(timedelta(days=1))
    await teller.send(due.id)

    await due.refresh_from_db()
    assert due.status is RefundStatus.REQUIRES_ACTION
    assert due.failure_reason is reason
    assert due.action_due_at == DUE + timedelta(days=14)
    assert due.idempotency_key == f"refund-{due.id}-1"
    assert len(gateway.calls) == 1
    payment = await Payment.get(id=due.payment_id)
    assert (payment.refund_reserved_minor, payment.refunded_minor) == (due.amount_minor, 0)
    assert (await _told(due))[-1] == "refund.requires_action"


async def test_what_the_gateway_settles_later_is_pending_until_it_says_so(
    market: Market, due: Refund
) -> None:
    teller, gateway = cashier(market, "pending")

    await teller.send(due.id)
    await due.refresh_from_db()
    assert due.status is RefundStatus.PENDING
    assert pending_reason(due) is RefundPendingReason.GATEWAY_PROCESSING
    assert (due.sent_at, due.settled_at) == (DUE, None)
    market.clock.advance(timedelta(minutes=1))
    await teller.send(due.id)
    assert (await Refund.get(id=due.id)).status is RefundStatus.PENDING
    gateway.settle()
    market.clock.advance(timedelta(minutes=5))
    await teller.send(due.id)

    await due.refresh_from_db()
    assert due.status is RefundStatus.SUCCEEDED
    assert (due.sent_at, due.settled_at) == (DUE, DUE + timedelta(minutes=6))
    assert gateway.calls[1:] == ["find_refund", "find_refund"]
    assert await _told(due) == [
        "refund.scheduled",
        "refund.due",
        "refund.pending",
        "refund.succeeded",
    ]


async def test_what_was_pending_may_still_be_declined(market: Market, due: Refund) -> None:
    teller, gateway = cashier(market, "pending")
    await teller.send(due.id)
    market.clock.advance(timedelta(minutes=1))
    gateway.standing.clear()
    gateway.script.append("ACCOUNT_CLOSED")

    await teller.send(due.id)

    assert (await Refund.get(id=due.id)).status is RefundStatus.REQUIRES_ACTION


async def test_a_worker_that_wakes_after_its_lease_records_nothing(
    market: Market, due: Refund
) -> None:
    """J4: another worker has finished meanwhile."""
    teller, gateway = cashier(market)
    async with market.edge.transaction(sending.SYSTEM) as tx:
        (frozen,) = await claiming.claim_attempts(tx, [due.id], teller.lease)
    market.clock.advance(teller.lease)
    await teller.send(due.id)
    before = await snapshot()

    late = recording.Answer(AttemptOutcome.DECLINED, problem="CARD_LOST")
    async with market.edge.transaction(sending.GATEWAY) as tx:
        recorded = await recording.record(tx, [recording.Answered(frozen, late)], BACK_OFF)

    assert recorded == {due.id: False}
    assert await snapshot() == before
    assert gateway.calls[0] == "find_refund"  # the second one could not know what the first did
    assert await _outcomes(due) == [AttemptOutcome.UNKNOWN, AttemptOutcome.SUCCEEDED]


async def test_a_worker_killed_between_claim_and_answer_is_taken_over_after_the_lease(
    market: Market, due: Refund
) -> None:
    """J3: what it may have sent is found at the gateway."""
    teller, gateway = cashier(market)
    async with market.edge.transaction(sending.SYSTEM) as tx:
        (claim,) = await claiming.claim_attempts(tx, [due.id], teller.lease)
    await gateway.refund(claim.order)  # and then the lights went out

    assert await run_errands(teller, named_errand("refund.attempt")) == 0
    market.clock.advance(teller.lease)
    assert await run_errands(teller, named_errand("refund.attempt")) == 1

    assert (await Refund.get(id=due.id)).status is RefundStatus.SUCCEEDED
    assert len(gateway.sent) == 1
    attempt = await RefundAttempt.get(id=claim.attempt_id)
    assert (attempt.outcome, attempt.problem) == (AttemptOutcome.UNKNOWN, "left unfinished")


async def test_while_one_worker_holds_the_claim_another_finds_nothing_to_do(
    market: Market, due: Refund
) -> None:
    teller, gateway = cashier(market, "hang", timeout_s=1)
    first = asyncio.create_task(teller.send(due.id))
    await gateway.called.wait()

    await teller.send(due.id)

    assert len(gateway.calls) == 1
    await first


async def test_no_transaction_and_no_lock_is_held_while_the_gateway_is_asked(
    market: Market, due: Refund
) -> None:
    """M10."""
    teller, gateway = cashier(market, "lost")
    seen = []

    async def look() -> None:
        seen.append(await open_transactions())
        await connections.get("default").execute_query(
            "SELECT 1 FROM orders o, refunds r, payments p WHERE r.id = $1"
            " AND o.id = r.order_id AND p.id = r.payment_id FOR UPDATE NOWAIT",
            [due.id],
        )

    gateway.during = look

    await teller.send(due.id)
    market.clock.advance(timedelta(minutes=1))
    await teller.send(due.id)

    assert gateway.calls == [f"refund refund-{due.id}-0", "find_refund"]
    assert seen == [0, 0]


async def test_other_orders_and_this_one_go_on_while_the_gateway_hangs(market: Market) -> None:
    """M10."""
    slow = await refund_in(market, RefundStatus.PROCESSING)
    teller, gateway = cashier(market, "hang", timeout_s=1)
    hanging = asyncio.create_task(teller.send(slow.id))
    await gateway.called.wait()

    done = await cancel(market, await market.place())
    assert done.refund is not None
    await fall_due(market, done.refund)
    await teller.send(done.refund.id)
    shipped = await do(market, LAMPS, "SHIP", await market.place())

    assert not hanging.done()
    assert (await Refund.get(id=done.refund.id)).status is RefundStatus.SUCCEEDED
    assert shipped["__typename"] == "OrderShipSuccess"
    await hanging


async def test_a_part_that_was_given_back_leaves_the_rest_to_give(market: Market) -> None:
    order = await market.place()
    line_id = (await connections.get("default").execute_query_dict("SELECT id FROM order_lines"))[0]
    part = (await cancel(market, order, lines={line_id["id"]: 1})).refund
    assert part is not None
    await fall_due(market, part)
    teller, _ = cashier(market)

    await teller.send(part.id)

    payment = await Payment.get(order_id=order.id)
    assert payment.refunded_minor == part.amount_minor
    assert payment.refundable.minor == order.total_minor - part.amount_minor


def test_a_lease_outlasts_a_look_up_and_a_refund(market: Market) -> None:
    second = timedelta(seconds=1)

    with pytest.raises(AssertionError, match="before the claim does"):
        sending.Cashier(market.edge, Scripted(), timeout=second, lease=2 * second)


@pytest.mark.parametrize("standing", list(Standing))
def test_every_standing_of_a_gateway_has_an_outcome(standing: Standing) -> None:
    assert standing in sending.OUTCOMES
