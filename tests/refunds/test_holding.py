"""An operator keeps a refund back, lets it go, or calls it off."""

from datetime import timedelta

import pytest

from ordergraph.deadlines import named
from ordergraph.infra.outbox import EventRow
from ordergraph.orders.models import OrderLine
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundAction, RefundStatus
from ordergraph.sweeping import sweep
from tests.market import DAY, LAMPS, NOON, OLGA, Market
from tests.refunds.commands import do
from tests.states import refund_in
from tests.watching import snapshot

HOLD, RESUME, CANCEL = RefundAction.HOLD, RefundAction.RESUME, RefundAction.CANCEL
HOURS = timedelta(hours=1)


async def _told(refund: Refund) -> list[str]:
    rows = await EventRow.filter(order_id=refund.order_id, type__startswith="refund.")
    return [row.type for row in sorted(rows, key=lambda row: row.position)]


async def test_a_hold_lasts_as_long_as_the_policy_allows_unless_somebody_says_less(
    market: Market,
) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    shorter = (NOON + 5 * HOURS).isoformat()

    held = (await do(market, OLGA, HOLD, refund))["refund"]
    await do(market, OLGA, RESUME, refund)
    again = (await do(market, OLGA, HOLD, refund, until=shorter))["refund"]

    assert held["deadlines"] == [{"kind": "HOLD_ENDS", "dueAt": "2026-11-30T12:00:00.000Z"}]
    assert again["deadlines"] == [{"kind": "HOLD_ENDS", "dueAt": "2026-11-23T17:00:00.000Z"}]
    assert held["note"] == "Is the address right?"
    assert held["pendingReason"] == "OPERATOR_HOLD"


async def test_no_hold_is_longer_than_that(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    before = await snapshot()

    answer = await do(
        market, OLGA, HOLD, refund, until=(NOON + 7 * DAY + timedelta(seconds=1)).isoformat()
    )

    assert answer["__typename"] == "HoldTooLongError"
    assert answer["latest"] == "2026-11-30T12:00:00.000Z"
    assert answer["message"].endswith("until 2026-11-30 at 12:00 UTC at the latest.")
    assert await snapshot() == before


async def test_holding_again_and_again_puts_the_money_off_by_one_hold_in_all(
    market: Market,
) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    for _ in range(4):
        await do(market, OLGA, HOLD, refund)
        market.clock.advance(2 * DAY)
        await do(market, OLGA, RESUME, refund)

    answer = await do(market, OLGA, HOLD, refund)

    assert (answer["__typename"], answer["state"]) == ("WrongStateError", "PROCESSING")
    assert await sweep(market.edge, named("refund.due")) == 1


async def test_a_hold_that_ends_before_it_begins_is_refused(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    before = await snapshot()

    answer = await do(market, OLGA, HOLD, refund, until=NOON.isoformat())

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", "until")
    assert await snapshot() == before


async def test_a_hold_ends_by_itself_and_the_promise_stands_as_before(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    await do(market, OLGA, HOLD, refund, until=(NOON + DAY).isoformat())
    market.clock.advance(DAY)

    assert await sweep(market.edge, named("refund.hold_ends")) == 1

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.SCHEDULED
    assert (refund.due_at, refund.hold_until) == (NOON + 7 * DAY, None)
    assert await _told(refund) == ["refund.scheduled", "refund.held", "refund.resumed"]


async def test_a_hold_that_outlives_the_promise_ends_in_sending(market: Market) -> None:
    """One look of a late worker makes both moves, in their order."""
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    market.clock.advance(5 * DAY)
    await do(market, OLGA, HOLD, refund)
    market.clock.advance(7 * DAY)

    await sweep(market.edge, named("refund.hold_ends"))

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.PROCESSING
    assert (await _told(refund))[1:] == ["refund.held", "refund.resumed", "refund.due"]


async def test_a_command_after_the_end_of_a_hold_meets_what_a_worker_would_have_left(
    market: Market,
) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    await do(market, OLGA, HOLD, refund, until=(NOON + DAY).isoformat())
    market.clock.advance(DAY)

    released = await do(market, LAMPS, RefundAction.RELEASE, refund)

    assert released["refund"]["status"] == "PROCESSING"
    assert (await _told(refund))[1:] == ["refund.held", "refund.resumed", "refund.released"]


@pytest.mark.parametrize("status", [RefundStatus.SCHEDULED, RefundStatus.ON_HOLD])
async def test_what_was_called_off_can_be_promised_anew(
    market: Market, status: RefundStatus
) -> None:
    refund = await refund_in(market, status)

    answer = await do(market, OLGA, CANCEL, refund)

    assert answer["refund"]["note"] == "It was settled in the shop."
    payment = await Payment.get(id=refund.payment_id)
    assert (payment.refund_reserved_minor, payment.refunded_minor) == (0, 0)
    lines = await OrderLine.filter(order_id=refund.order_id)
    assert [line.refunded_minor for line in lines] == [0]
    market.clock.advance(30 * DAY)
    assert await sweep(market.edge, named("refund.due")) == 0


async def test_calling_off_needs_a_reason(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    before = await snapshot()

    answer = await do(market, OLGA, CANCEL, refund, note=" ")

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", "note")
    assert await snapshot() == before
