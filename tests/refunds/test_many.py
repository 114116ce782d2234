"""Many refunds are claimed, asked for and recorded together, and none of them waits for a bad one."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.infra.outbox import EventRow
from ordergraph.orders.models import OrderLine
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.models import Payment
from ordergraph.refunds import commands
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.pace import Pace
from ordergraph.refunds.process import RefundStatus
from ordergraph.sweeping import sweep
from tests.market import DAY, OLGA, Market, line
from tests.scripted import cashier
from tests.states import cancel, refund_in
from tests.watching import holding, told

ATTEMPT = named_errand("refund.attempt")
LARGEST_INT = 2**31 - 1


async def _due(market: Market, count: int) -> list[Refund]:
    refunds = [await refund_in(market, RefundStatus.SCHEDULED) for _ in range(count)]
    market.clock.advance(7 * DAY)
    await sweep(market.edge, named("refund.due"))
    return refunds


async def _statuses(refunds: list[Refund]) -> list[RefundStatus]:
    return [(await Refund.get(id=refund.id)).status for refund in refunds]


SENT, STUCK = RefundStatus.SUCCEEDED, RefundStatus.PROCESSING


async def test_twelve_take_as_many_statements_as_two(market: Market) -> None:
    counts = []
    for count in (2, 12):
        await _due(market, count)
        teller, gateway = cashier(market)
        async with told() as seen:
            assert await run_errands(teller, ATTEMPT) == count
        assert len(gateway.sent) == count
        counts.append(len(seen))

    assert counts == [14, 14], seen


async def test_each_answer_is_recorded_for_what_it_is(market: Market) -> None:
    refunds = await _due(market, 5)
    teller, gateway = cashier(market, "", "pending", "CARD_EXPIRED", "lost", "")

    await run_errands(teller, ATTEMPT)

    outcomes = {row.refund_id: row.outcome for row in await RefundAttempt.all()}
    expected = ["SUCCEEDED", "PENDING", "DECLINED", "UNKNOWN", "SUCCEEDED"]
    assert sorted(outcomes.values()) == sorted(expected)
    for refund in refunds:
        payment = await Payment.get(id=refund.payment_id)
        sent = outcomes[refund.id] is AttemptOutcome.SUCCEEDED
        assert payment.refunded_minor == (refund.amount_minor if sent else 0)
        assert await LedgerEntry.filter(refund_id=refund.id).count() == (4 if sent else 2)
    assert len(gateway.calls) == 5


async def test_one_that_cannot_be_claimed_keeps_no_other_from_being_sent(market: Market) -> None:
    """J10."""
    refunds = await _due(market, 3)
    await Payment.filter(id=refunds[1].payment_id).update(gateway_reference=None)
    teller, gateway = cashier(market)

    with capture_logs() as logs:
        await run_errands(teller, ATTEMPT)

    assert await _statuses(refunds) == [SENT, STUCK, SENT]
    assert [entry["event"] for entry in logs] == ["refund.claimed_one_by_one", "work.failed"]
    assert (await DeadLetter.get()).row_id == refunds[1].id
    assert not await RefundAttempt.exists(refund_id=refunds[1].id)
    assert len(gateway.calls) == 2


async def test_one_that_cannot_be_recorded_keeps_no_other_from_it_and_is_not_sent_again(
    market: Market,
) -> None:
    """J10, M1: its version cannot be counted up any more once it is claimed."""
    refunds = await _due(market, 3)
    await Refund.filter(id=refunds[1].id).update(version=LARGEST_INT - 1)
    teller, gateway = cashier(market)

    with capture_logs() as logs:
        await run_errands(teller, ATTEMPT)

    assert await _statuses(refunds) == [SENT, STUCK, SENT]
    assert [entry["event"] for entry in logs] == ["refund.recorded_one_by_one", "work.failed"]
    assert (await DeadLetter.get()).row_id == refunds[1].id
    await Refund.filter(id=refunds[1].id).update(version=1)
    market.clock.advance(teller.lease)
    await run_errands(teller, ATTEMPT)
    assert await _statuses(refunds) == [SENT, SENT, SENT]
    assert gateway.calls.count(f"refund refund-{refunds[1].id}-0") == 1
    assert not await DeadLetter.exists()


async def test_an_order_that_somebody_holds_is_waited_for_alone(market: Market) -> None:
    refunds = await _due(market, 3)
    teller, gateway = cashier(market)
    claimed, go_on = asyncio.Barrier(4), asyncio.Event()

    async def wait() -> None:
        await claimed.wait()
        await go_on.wait()

    gateway.during = wait
    sending = asyncio.create_task(run_errands(teller, ATTEMPT))
    await claimed.wait()
    async with holding(refunds[1].order_id):
        go_on.set()
        while await _statuses(refunds) != [SENT, STUCK, SENT]:  # noqa: ASYNC110  (the database rings for nobody)
            await asyncio.sleep(0.01)
    await sending

    assert await _statuses(refunds) == [SENT, SENT, SENT]
    assert len(gateway.calls) == 3


async def test_three_of_one_order_are_all_sent_and_recorded(market: Market) -> None:
    order = await market.place(line(quantity=3))
    (bought,) = await OrderLine.filter(order_id=order.id)
    for _ in range(3):
        await cancel(market, order, lines={bought.id: 1})
    market.clock.advance(7 * DAY)
    await sweep(market.edge, named("refund.due"))
    teller, gateway = cashier(market)

    await run_errands(teller, ATTEMPT)

    assert {refund.status for refund in await Refund.all()} == {SENT}
    assert len(gateway.sent) == 3
    payment = await Payment.get(order_id=order.id)
    assert payment.refunded_minor == sum(r.amount_minor for r in await Refund.all())


async def test_what_is_recorded_is_on_behalf_of_whoever_asked_for_it(market: Market) -> None:
    """E4: also where many are recorded at once."""
    refunds = [await refund_in(market, RefundStatus.SCHEDULED) for _ in range(3)]
    for number, refund in enumerate(refunds):
        async with market.edge.transaction(OLGA, f"request-{number}") as tx:
            await commands.release(tx, refund.id)
    teller, _ = cashier(market)

    await run_errands(teller, ATTEMPT)

    for number, refund in enumerate(refunds):
        event = await EventRow.get(order_id=refund.order_id, type="refund.succeeded")
        entries = await LedgerEntry.filter(refund_id=refund.id, kind="REFUND_SENT")
        assert {event.request_id, *(entry.request_id for entry in entries)} == {f"request-{number}"}


SECONDS: Final = timedelta(seconds=1)


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({"at_once": 2}, id="at a time"),
        # of the lease, half a second is left to wait for turns: there are four, two for each
        pytest.param(
            {"pace": Pace(8), "lease": 0.6 * SECONDS, "timeout": 0.05 * SECONDS}, id="in a second"
        ),
    ],
)
async def test_no_more_are_claimed_than_have_their_turn_in_time(
    market: Market, limits: dict[str, Any]
) -> None:
    await _due(market, 4)
    teller, gateway = cashier(market)
    claimed: list[int] = []

    async def count() -> None:
        started = RefundAttempt.filter(outcome=AttemptOutcome.STARTED)
        claimed.append(await started.count())

    gateway.during = count

    await run_errands(replace(teller, **limits), ATTEMPT)

    assert len(claimed) == 4
    assert max(claimed) == 2
