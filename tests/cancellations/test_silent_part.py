"""A part that silence has granted is out of what canceling would give back, worker or not."""

from typing import Any

import pytest

from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order, OrderLine
from ordergraph.sweeping import sweep
from tests.cancellations.late import SILENCE, asked, late_order
from tests.market import ADA, LAMPS, OLGA, Market, gid, line
from tests.states import cancel

PREVIEW = """query P($id: ID!, $lines: [LineQuantityInput!]) { order(id: $id) {
  cancellationPreview(lines: $lines) { amount { amount } shipping { amount } adjustment { amount } whole
    request dueAt blockedBy { __typename message } } } }"""
CANCEL = """mutation C($input: OrderCancelInput!) { orderCancel(input: $input) {
  __typename ... on UserError { message } ... on OrderCancelSuccess { refund { amount { amount } } } } }"""
PICKED = [None, 1, 2]
"""How many of the two lamps, or all that is left."""


async def _lamps(order: Order) -> OrderLine:
    return await OrderLine.get(order_id=order.id, position=0)


async def _asked_for_one(market: Market, order: Order) -> None:
    """Of two lamps; and then the seller's time to answer is over."""
    lamps = await _lamps(order)
    request = await asked(market, order, lines={lamps.id: 1})
    assert request.response_due_at is not None
    market.clock.at = request.response_due_at


async def _picked(order: Order, count: int | None) -> list[dict[str, Any]] | None:
    lamps = await _lamps(order)
    return count and [{"lineId": gid("OrderLine", lamps.id), "quantity": count}]


async def _preview(market: Market, actor: Actor, order: Order, count: int | None) -> Any:
    id_, lines = gid("Order", order.id), await _picked(order, count)
    return (await market.ask(actor, PREVIEW, id=id_, lines=lines))["order"]["cancellationPreview"]


@pytest.mark.parametrize("actor", [ADA, LAMPS, OLGA], ids=["buyer", "seller", "operator"])
async def test_a_late_worker_changes_no_preview(market: Market, actor: Actor) -> None:
    order = await late_order(market)
    await _asked_for_one(market, order)
    late = [await _preview(market, actor, order, count) for count in PICKED]

    assert await sweep(market.edge, SILENCE) == 1

    assert [await _preview(market, actor, order, count) for count in PICKED] == late
    assert late[0]["amount"] == {"amount": "50.80"}, "one lamp, the bulbs, and the shipping"


@pytest.mark.parametrize("count", PICKED)
async def test_canceling_gives_back_what_the_preview_showed(
    market: Market, count: int | None
) -> None:
    order = await late_order(market)
    await _asked_for_one(market, order)
    shown = await _preview(market, LAMPS, order, count)
    given = {"orderId": gid("Order", order.id), "reasonHandle": "other"}

    answer = await market.ask(LAMPS, CANCEL, input=given | {"lines": await _picked(order, count)})
    done = answer["orderCancel"]

    if shown["blockedBy"]:
        assert done == shown["blockedBy"]
    else:
        assert done["refund"]["amount"] == shown["amount"]
    assert bool(shown["blockedBy"]) is (count == 2)


async def test_where_the_part_was_all_that_was_left_the_order_is_canceled(market: Market) -> None:
    order = await late_order(market, line("Lamp", 2))
    lamps = await _lamps(order)
    request = await asked(market, order, lines={lamps.id: 1})
    await cancel(market, order, LAMPS, lines={lamps.id: 1})
    assert request.response_due_at is not None
    market.clock.at = request.response_due_at
    late = await _preview(market, LAMPS, order, None)

    assert await sweep(market.edge, SILENCE) == 1

    assert (await _preview(market, LAMPS, order, None)) == late
    assert late["blockedBy"]["__typename"] == "OrderAlreadyCanceledError"
