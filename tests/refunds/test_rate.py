"""A gateway that is asked too often says so (HTTP 429), and is left alone for as long as it wants."""

import time
from dataclasses import replace
from datetime import timedelta

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.payments.gateways.protocol import RateLimited
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.pace import Pace
from ordergraph.refunds.process import BACK_OFF, RefundStatus
from ordergraph.sweeping import sweep
from tests.market import DAY, Market
from tests.scripted import BUSY, cashier
from tests.states import refund_in

ATTEMPT = named_errand("refund.attempt")


async def _due(market: Market, count: int) -> list[Refund]:
    refunds = [await refund_in(market, RefundStatus.SCHEDULED) for _ in range(count)]
    market.clock.advance(7 * DAY)
    await sweep(market.edge, named("refund.due"))
    return refunds


async def test_nothing_happened_so_the_same_key_goes_again_when_the_gateway_wants_it(
    market: Market,
) -> None:
    """J12."""
    (refund,) = await _due(market, 1)
    teller, gateway = cashier(market, "busy")

    await teller.send(refund.id)

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.PROCESSING
    assert refund.outcome_unknown is False
    assert refund.next_attempt_at == market.clock.at + BUSY
    market.clock.advance(BUSY)
    await replace(teller, pace=Pace()).send(refund.id)
    assert gateway.calls == [f"refund refund-{refund.id}-0"] * 2
    outcomes = [a.outcome for a in await RefundAttempt.all().order_by("number")]
    assert outcomes == [AttemptOutcome.RATE_LIMITED, AttemptOutcome.SUCCEEDED]


async def test_what_was_unknown_before_is_still_looked_up_first(market: Market) -> None:
    (refund,) = await _due(market, 1)
    teller, gateway = cashier(market, "lost", "busy")
    await teller.send(refund.id)
    market.clock.advance(BACK_OFF[0])
    gateway.standing.clear()  # the look-up finds nothing, so it is sent, and that is too often
    await teller.send(refund.id)

    await refund.refresh_from_db()

    assert refund.outcome_unknown is True
    assert refund.unanswered == 1  # a busy gateway is no reason to wait longer


async def test_the_others_are_not_even_begun(market: Market) -> None:
    await _due(market, 5)
    teller, gateway = cashier(market, "busy")

    found = await run_errands(replace(teller, at_once=1), ATTEMPT)

    assert found == 0  # nobody should come back at once for more
    assert len(gateway.calls) == 1
    assert teller.is_paused
    assert await Refund.filter(attempts=0).count() == 4


async def test_a_look_at_an_unpaid_order_that_comes_too_often_is_not_held_against_the_order(
    market: Market,
) -> None:
    order = await market.place(paid=False)
    market.clock.at = order.payment_due_at
    teller, gateway = cashier(market)
    gateway.during = _busy

    await run_errands(teller, named_errand("order.payment_due"))

    assert teller.is_paused
    assert not await DeadLetter.exists()


async def _busy() -> None:
    raise RateLimited(BUSY)


async def test_turns_come_one_after_the_other_and_not_in_a_bunch() -> None:
    pace, began = Pace(per_s=50), time.monotonic()

    for _ in range(6):
        await pace.turn()

    assert time.monotonic() - began >= 5 / 50


async def test_a_pause_is_waited_for_but_not_for_ever() -> None:
    pace, began = Pace(), time.monotonic()
    pace.pause(timedelta(seconds=0.1))
    await pace.rest(most_s=9.0)
    waited_s = time.monotonic() - began
    pace.pause(timedelta(hours=1))

    await pace.rest(most_s=0.1)

    assert 0.1 <= waited_s < 9.0
    assert pace.is_paused
    assert time.monotonic() - began < 9.0


async def test_without_a_limit_nobody_waits() -> None:
    pace = Pace()

    for _ in range(1_000):
        await pace.turn()

    assert not pace.is_paused
