"""J6: what the seller's silence granted counts from its own moment, however late the worker is."""

from datetime import timedelta

import pytest

from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from tests.cancellations.late import SHIP_BY, SILENCE, asked, button, late_order, shown
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.orders.commands import do


@pytest.mark.parametrize("deadline", [SILENCE, SHIP_BY])
@pytest.mark.parametrize("late", [timedelta(), DAY, 3 * DAY, 20 * DAY])
async def test_a_late_worker_puts_nothing_off(
    market: Market, late: timedelta, deadline: object
) -> None:
    order = await late_order(market)
    promised = (await shown(market, order))["cancellationPreview"]
    request = await asked(market, order)
    granted_at = market.clock.at + 2 * DAY
    market.clock.at = granted_at + late

    if await sweep(market.edge, deadline) == 0:  # type: ignore[arg-type]  # a deadline
        assert await sweep(market.edge, SILENCE) == 1  # its time to ship is not over yet

    order = await Order.get(id=order.id)
    await request.refresh_from_db()
    assert (order.status, order.canceled_at) == (OrderStatus.CANCELED, granted_at)
    assert request.decided_at == granted_at
    refund = await Refund.get(order_id=order.id)
    assert refund.due_at == max(granted_at + 7 * DAY, market.clock.at)
    seen = (await shown(market, order))["cancellation"]["refund"]["dueAt"]
    assert promised["request"]
    assert seen == promised["dueAt"] or late > 7 * DAY  # what is over is sent at once


@pytest.mark.parametrize(("actor", "kind"), [(ADA, "CANCEL"), (LAMPS, "CANCEL"), (LAMPS, "SHIP")])
async def test_when_it_was_canceled_is_told_alike_before_and_after(
    market: Market, actor: object, kind: str
) -> None:
    order = await late_order(market)
    await asked(market, order)
    market.clock.advance(3 * DAY)

    before = await do(market, actor, kind, order)  # type: ignore[arg-type]  # a person
    buttons = (await shown(market, order, actor))["actions"]  # type: ignore[arg-type]
    await sweep(market.edge, SILENCE)
    after = await do(market, actor, kind, order)  # type: ignore[arg-type]

    told = next(button["blockedBy"] for button in buttons if button["kind"] == kind)
    assert before == told == after
    assert after["canceledAt"] == "2026-11-26T13:00:00.000Z"


@pytest.mark.parametrize(
    ("actor", "kind", "said"),
    [
        (LAMPS, "MARK_DELIVERED", {}),
        (OLGA, "MARK_DELIVERED", {"carrierReference": "C-1"}),
        (ADA, "CONFIRM_RECEIPT", {}),
    ],
)
async def test_that_it_has_come_is_refused_alike_before_and_after(
    market: Market, actor: Actor, kind: str, said: dict[str, str]
) -> None:
    order = await late_order(market)
    await asked(market, order)
    market.clock.advance(3 * DAY)

    before = await do(market, actor, kind, order, **said)
    told = button(await shown(market, order, actor), kind)["blockedBy"]
    await sweep(market.edge, SILENCE)
    after = await do(market, actor, kind, order, **said)

    assert before["state"] == "CANCELED"
    assert before == after
    assert told == after or said  # with the carrier's proof it is the carrier who says so
