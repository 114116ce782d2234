"""Until when a button can be pressed is what becomes of it: a moment before it can be, then it cannot."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from ordergraph.kernel.actor import Actor
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import STUCK_AFTER, RefundAction, RefundStatus
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid
from tests.refunds.commands import do
from tests.states import refund_in

BUTTONS = """query Q($id: ID!) { node(id: $id) { ... on Refund {
  actions { kind available until blockedBy { __typename } } } } }"""
MOMENT = timedelta(milliseconds=1)


async def _open(market: Market, who: Actor, refund: Refund) -> dict[str, Any]:
    """Until when each can be pressed that can be."""
    answer = await market.ask(who, BUTTONS, id=gid("Refund", refund.id))
    return {b["kind"]: b["until"] for b in answer["node"]["actions"] if b["available"]}


@pytest.mark.parametrize("who", [ADA, LAMPS, OLGA], ids=["buyer", "seller", "operator"])
@pytest.mark.parametrize("later", [timedelta(0), DAY, 2 * DAY], ids=["held", "over", "later"])
@pytest.mark.parametrize(
    "status", [RefundStatus.SCHEDULED, RefundStatus.ON_HOLD, RefundStatus.REQUIRES_ACTION]
)
async def test_each_ends_when_it_says_before_a_worker_has_run(
    market: Market, status: RefundStatus, who: Actor, later: timedelta
) -> None:
    """J6: a hold of a day, too, that has ended by itself."""
    refund = await refund_in(market, status)
    if refund.status is RefundStatus.ON_HOLD:
        await Refund.filter(id=refund.id).update(hold_until=market.clock.at + DAY)
    market.clock.advance(later)

    for kind, until in (await _open(market, who, refund)).items():
        ends_at, now = datetime.fromisoformat(until), market.clock.at
        assert ends_at > now
        market.clock.at = ends_at - MOMENT
        assert kind in await _open(market, who, refund)
        market.clock.at = ends_at
        assert kind not in await _open(market, who, refund)
        market.clock.at = now


async def test_nobody_knows_when_a_gateway_that_is_silent_answers(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.PROCESSING)
    since = market.clock.at
    await Refund.filter(id=refund.id).update(
        attempts=6,
        unanswered=6,
        unanswered_since=since,
        next_attempt_at=since + STUCK_AFTER,
        claim=None,
    )
    market.clock.advance(STUCK_AFTER + DAY)  # no worker is there to ask once more

    assert await _open(market, OLGA, refund) == {"CHANGE_METHOD": None, "FAIL": None}
    assert (await do(market, OLGA, RefundAction.FAIL, refund))["refund"]["status"] == "FAILED"
