"""The seller sends a promised refund before its date."""

from datetime import timedelta

import pytest

from ordergraph.deadlines import named
from ordergraph.kernel.actor import Actor
from ordergraph.refunds.process import RefundAction, RefundStatus
from ordergraph.sweeping import sweep
from tests.market import DAY, LAMPS, NOON, OLGA, Market, gid
from tests.refunds.commands import do, request
from tests.scripted import cashier
from tests.states import refund_in
from tests.watching import snapshot

RELEASE = RefundAction.RELEASE


@pytest.mark.parametrize("actor", [LAMPS, OLGA], ids=["seller", "operator"])
async def test_a_released_refund_is_due_at_once(market: Market, actor: Actor) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    market.clock.advance(timedelta(hours=5))

    released = (await do(market, actor, RELEASE, refund))["refund"]

    assert released["status"] == "PROCESSING"
    assert released["dueAt"] == "2026-11-23T17:00:00.000Z"
    assert released["pendingReason"] == "GATEWAY_PROCESSING"
    assert released["deadlines"] == []
    await refund.refresh_from_db()
    assert refund.released_at == refund.next_attempt_at == NOON + timedelta(hours=5)


async def test_a_released_refund_goes_the_same_way_as_one_that_fell_due(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    teller, gateway = cashier(market)
    await do(market, LAMPS, RELEASE, refund)

    await teller.send(refund.id)
    again = await do(market, LAMPS, RELEASE, refund)

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.SUCCEEDED
    assert len(gateway.sent) == 1
    assert (again["__typename"], again["state"]) == ("WrongStateError", "SUCCEEDED")


async def test_once_it_is_due_there_is_nothing_to_release_whether_or_not_a_worker_has_run(
    market: Market,
) -> None:
    """J6: judged by the clock."""
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    market.clock.advance(7 * DAY)
    before = await snapshot()

    late = await do(market, LAMPS, RELEASE, refund)

    assert await snapshot() == before
    await sweep(market.edge, named("refund.due"))
    assert late == await do(market, LAMPS, RELEASE, refund)
    assert (late["__typename"], late["state"]) == ("WrongStateError", "PROCESSING")


async def test_an_id_of_something_else_is_no_refund(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    asked = request(RELEASE, refund)
    asked["input"]["refundId"] = gid("Order", refund.order_id)

    answer = await market.ask(LAMPS, **asked)

    assert answer["refundRelease"]["what"] == "Refund"
