"""The order over a subscription: how it stands first, then every change, then silence."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from strawberry import relay

from ordergraph.deadlines import named
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders import actions
from ordergraph.sweeping import sweep
from ordergraph.transports.front import SUBSCRIPTIONS
from ordergraph.transports.operation import Operation
from tests.market import ADA, BEN, DAY, LAMPS, Market, gid
from tests.states import cancel

ORDER = """subscription S($id: ID!) { orderUpdated(orderId: $id) {
  status canCancel timeline { nodes { type } } } }"""


async def _next(stream: Any) -> Any:
    result = await asyncio.wait_for(anext(stream), 5)
    assert result.errors is None
    return result.data["orderUpdated"]


async def test_the_present_state_comes_first_and_then_each_change(market: Market) -> None:
    """W6."""
    order = await market.place()
    stream = await market.listen(LAMPS, ORDER, id=gid("Order", order.id))

    first = await _next(stream)
    waiting = asyncio.create_task(_next(stream))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await market.ship(order)
    second = await waiting
    await stream.aclose()

    assert (first["status"], second["status"]) == ("PROCESSING", "SHIPPED")
    assert second["timeline"]["nodes"][-1] == {"type": "order.shipped"}


async def test_each_event_is_answered_of_its_own_moment(market: Market) -> None:
    """What was looked up for one event is not told again with the next."""
    order = await market.place()
    stream = await market.listen(ADA, ORDER, id=gid("Order", order.id))

    assert (await _next(stream))["canCancel"] is True
    market.clock.advance(DAY)
    await sweep(market.edge, named("order.cancel_window"))
    closed = await _next(stream)
    await stream.aclose()

    assert closed["canCancel"] is False
    assert closed["timeline"]["nodes"][-1] == {"type": "order.cancel_window_closed"}


async def test_several_changes_at_once_come_as_the_latest_state(market: Market) -> None:
    """W7: a slow listener skips steps, it never falls behind."""
    order = await market.place()
    stream = await market.listen(ADA, ORDER, id=gid("Order", order.id))
    await _next(stream)

    await market.ship(order)
    async with market.edge.transaction(ADA) as tx:
        await actions.confirm_receipt(tx, order.id)
    latest = await _next(stream)
    again = asyncio.create_task(_next(stream))
    await asyncio.sleep(0.05)

    assert latest["status"] == "DELIVERED"
    assert not again.done()
    again.cancel()


async def test_a_nudge_without_a_change_is_not_told(market: Market) -> None:
    order = await market.place()
    stream = await market.listen(ADA, ORDER, id=gid("Order", order.id))
    await _next(stream)

    market.hub.publish([f"order:{order.id}"])
    waiting = asyncio.create_task(_next(stream))
    await asyncio.sleep(0.1)

    assert not waiting.done()
    waiting.cancel()


async def test_a_listener_that_goes_leaves_nothing_behind(market: Market) -> None:
    order = await market.place()
    streams = [await market.listen(ADA, ORDER, id=gid("Order", order.id)) for _ in range(3)]
    for stream in streams:
        await _next(stream)
    assert len(market.hub.listeners[f"order:{order.id}"]) == 3

    for stream in streams:
        await stream.aclose()

    assert not market.hub.listeners


async def test_listeners_of_one_order_hear_nothing_of_another(market: Market) -> None:
    order, other = await market.place(), await market.place()
    stream = await market.listen(ADA, ORDER, id=gid("Order", order.id))
    await _next(stream)
    waiting = asyncio.create_task(_next(stream))

    await cancel(market, other)
    await asyncio.sleep(0.1)

    assert not waiting.done()
    waiting.cancel()


async def test_who_may_no_longer_see_it_is_told_no_more(market: Market) -> None:
    """A1: asked again at each delivery."""
    order = await market.place()
    context = market.context(Actor(frozenset({Role.BUYER}), ADA.user_id))
    asked = Operation(ORDER, {"id": gid("Order", order.id)}, None, None)
    stream = market.front.stream(asked, context, SUBSCRIPTIONS)
    await _next(stream)

    assert context.identity is not None
    context.identity = None
    await market.ship(order)

    (last,) = [result async for result in stream]
    assert (last.data, last.errors[0].extensions) == (None, {"code": "NOT_FOUND"})


@pytest.mark.parametrize("wanted", ["another's", "missing", "of something else", "nonsense"])
async def test_what_is_not_yours_and_what_is_not_there_are_answered_alike(
    market: Market, wanted: str
) -> None:
    """A2."""
    order = await market.place()
    ids = {
        "another's": gid("Order", order.id),
        "missing": gid("Order", uuid4()),
        "of something else": gid("Refund", order.id),
        "nonsense": relay.to_base64("Order", "1"),
    }
    stream = await market.listen(BEN, ORDER, id=ids[wanted])

    (only,) = [result async for result in stream]

    assert only.errors[0].message == "There is no such order."
    assert only.errors[0].extensions == {"code": "NOT_FOUND"}
    assert not market.hub.listeners
