"""J6: what people see of an order whose silence no worker has written down yet, and a moment later."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from ordergraph.orders.models import Order, OrderLine
from ordergraph.sweeping import sweep
from tests.cancellations.late import SILENCE, asked, late_order
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.orders.commands import do
from tests.orders.test_late_workers import shown
from tests.states import cancel
from tests.watching import snapshot

MOMENT = timedelta(microseconds=1)


async def _lines(order: Order) -> list[OrderLine]:
    return await OrderLine.filter(order_id=order.id).order_by("position")


async def _whole(market: Market, order: Order) -> None:
    await asked(market, order)


async def _part(market: Market, order: Order) -> None:
    lamp, bulb = await _lines(order)
    await asked(market, order, lines={lamp.id: 1, bulb.id: 2})


async def _rest(market: Market, order: Order) -> None:
    """The seller cancels what was not asked for, and so the rest is all there is."""
    lamp, bulb = await _lines(order)
    await asked(market, order, lines={lamp.id: 2, bulb.id: 2})
    await cancel(market, order, LAMPS, reason="out-of-stock", lines={bulb.id: 1})


@pytest.mark.parametrize("ask", [_whole, _part, _rest])
@pytest.mark.parametrize("later", [-MOMENT, timedelta(), MOMENT, DAY])
@pytest.mark.parametrize("actor", [ADA, LAMPS, OLGA])
async def test_screens_say_the_same_before_and_after(
    market: Market,
    ask: Callable[[Market, Order], Awaitable[None]],
    later: timedelta,
    actor: Any,
) -> None:
    order = await late_order(market)
    await ask(market, order)
    market.clock.advance(2 * DAY + later)
    before = await snapshot()

    seen = await shown(market, actor, order)

    assert await snapshot() == before
    assert await sweep(market.edge, SILENCE) == (later >= timedelta())
    after = await shown(market, actor, order)
    assert seen == after


@pytest.mark.parametrize("actor", [LAMPS, OLGA])
@pytest.mark.parametrize("ask", [_part, _rest])
async def test_canceling_gives_what_the_preview_says(
    market: Market, actor: Any, ask: Callable[[Market, Order], Awaitable[None]]
) -> None:
    order = await late_order(market)
    await ask(market, order)
    market.clock.advance(2 * DAY)
    screen = await shown(market, actor, order)

    done = await do(market, actor, "CANCEL", order)

    if ask is _rest:  # canceled already
        assert not screen["canCancel"]
        assert screen["cancellationPreview"]["blockedBy"] == done
        return
    refunds = """query R($id: ID!) { order(id: $id) { refunds { amount { amount } } } }"""
    rows = (await market.ask(actor, refunds, id=done["order"]["id"]))["order"]["refunds"]
    assert rows[-1]["amount"] == screen["cancellationPreview"]["amount"]
