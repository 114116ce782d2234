"""The refund over a subscription: the buyer watches the money come."""

import asyncio
from typing import Any

from ordergraph.orders.models import OrderLine
from ordergraph.refunds import commands
from ordergraph.refunds.models import Refund
from tests.market import ADA, LAMPS, Market, gid
from tests.states import cancel, fall_due

REFUND = """subscription S($id: ID!) { refundUpdated(orderId: $id) {
  id status pendingReason amount { amount } order { paymentStatus } } }"""


async def _next(stream: Any) -> Any:
    result = await asyncio.wait_for(anext(stream), 5)
    assert result.errors is None
    return result.data["refundUpdated"]


async def _quiet(stream: Any) -> bool:
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.1)
    quiet = not waiting.done()
    waiting.cancel()
    return quiet


async def test_the_promise_then_its_sending_then_the_money(market: Market) -> None:
    done = await cancel(market, await market.place())
    assert done.refund is not None
    stream = await market.listen(ADA, REFUND, id=gid("Order", done.order.id))

    promised = await _next(stream)
    await fall_due(market, done.refund)
    sent = await _next(stream)
    await market.cashier.send(done.refund.id)
    settled = await _next(stream)
    await stream.aclose()

    assert [step["status"] for step in (promised, sent, settled)] == [
        "SCHEDULED",
        "PROCESSING",
        "SUCCEEDED",
    ]
    assert settled["order"]["paymentStatus"] == "REFUNDED"
    assert not market.hub.listeners


async def test_who_listens_before_anything_is_promised_hears_of_the_promise(
    market: Market,
) -> None:
    order = await market.place()
    stream = await market.listen(ADA, REFUND, id=gid("Order", order.id))
    waiting = asyncio.create_task(_next(stream))
    await asyncio.sleep(0.05)
    assert not waiting.done()

    await cancel(market, order)

    assert (await waiting)["pendingReason"] == "WAITING_PERIOD"
    await stream.aclose()


async def test_of_two_refunds_only_the_one_that_changed_is_told_again(market: Market) -> None:
    order = await market.place()
    (line,) = await OrderLine.filter(order_id=order.id)
    first = (await cancel(market, order, lines={line.id: 1})).refund
    second = (await cancel(market, order)).refund
    assert first is not None
    assert second is not None
    stream = await market.listen(ADA, REFUND, id=gid("Order", order.id))
    both = [(await _next(stream))["id"] for _ in range(2)]

    async with market.edge.transaction(LAMPS) as tx:
        await commands.release(tx, second.id)
    changed = await _next(stream)

    assert both == [gid("Refund", first.id), gid("Refund", second.id)]
    assert (changed["id"], changed["status"]) == (both[1], "PROCESSING")
    assert await _quiet(stream)


async def test_an_order_that_moves_without_its_refund_is_not_told_here(market: Market) -> None:
    order = await market.place()
    (line,) = await OrderLine.filter(order_id=order.id)
    await cancel(market, order, lines={line.id: 1})
    stream = await market.listen(ADA, REFUND, id=gid("Order", order.id))
    await _next(stream)

    await market.ship(order)

    assert await _quiet(stream)
    assert await Refund.all().count() == 1
