"""J6: what silence has canceled is nobody's to give any more, whether or not a worker has run."""

from typing import Any

import pytest

from ordergraph.cancellations.process import CancellationStatus
from ordergraph.orders.models import OrderLine
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from tests.cancellations.late import SILENCE, asked, late_order
from tests.market import DAY, LAMPS, OLGA, Market, gid
from tests.orders.commands import NO
from tests.watching import snapshot

GIVE = (
    """mutation Give($input: RefundCreateInput!) { refundCreate(input: $input) {
  ...No ... on RefundCreateSuccess { refund { amount { amount } } } } }"""
    + NO
)
FIVE: Any = {"adjustment": "5.00", "note": "Sorry."}
each_giver = pytest.mark.parametrize("actor", [LAMPS, OLGA])


async def give(market: Market, actor: Any, order_id: Any) -> Any:
    gift = {"orderId": gid("Order", order_id), **FIVE}
    return (await market.ask(actor, GIVE, input=gift))["refundCreate"]


@each_giver
async def test_of_what_is_canceled_nothing_is_left_to_give(market: Market, actor: Any) -> None:
    """The marketplace would have paid for a part of what the seller owes."""
    order = await late_order(market)
    await asked(market, order)
    market.clock.advance(2 * DAY)
    before = await snapshot()

    answers = [await give(market, actor, order.id)]

    assert await snapshot() == before
    await sweep(market.edge, SILENCE)
    answers.append(await give(market, actor, order.id))
    assert answers[0] == answers[1]
    assert answers[0]["__typename"] == "AmountTooHighError"
    assert answers[0]["maximum"] == {"amount": "0.00"}


@each_giver
async def test_a_part_is_canceled_first(market: Market, actor: Any) -> None:
    order = await late_order(market)
    lamp = await OrderLine.get(order_id=order.id, position=0)
    request = await asked(market, order, lines={lamp.id: 1})
    market.clock.advance(2 * DAY)

    given = await give(market, actor, order.id)

    assert given["refund"]["amount"] == {"amount": "5.00"}
    await request.refresh_from_db()
    assert request.status is CancellationStatus.APPROVED
    causes = (
        await Refund.filter(order_id=order.id).order_by("created_at", "id").values_list("cause")
    )
    assert [cause for (cause,) in causes] == ["CANCELLATION", "GOODWILL"]
