"""Late requests of orders that the seller does not ship in time."""

import pytest

from ordergraph.sweeping import sweep
from tests.cancellations.late import SHIP_BY, answer, asked, button, late_order, shown
from tests.market import ADA, DAY, LAMPS, Market
from tests.watching import snapshot


@pytest.mark.parametrize("kind", ["APPROVE", "REJECT", "WITHDRAW"])
async def test_an_answer_after_the_time_to_ship_comes_too_late_whether_or_not_a_worker_ran(
    market: Market, kind: str
) -> None:
    """J6: the order is canceled, at the seller's fault, and that overtook the request."""
    order = await late_order(market, late_cancellation_response_s=20 * 86_400)
    request = await asked(market, order)
    person = ADA if kind == "WITHDRAW" else LAMPS
    in_time = (await shown(market, order, person))["cancellation"]
    market.clock.advance(7 * DAY)
    before = await snapshot()

    answered = await answer(market, kind, request)

    card = (await shown(market, order, person))["cancellation"]
    assert await snapshot() == before
    await sweep(market.edge, SHIP_BY)
    assert (answered["__typename"], answered["state"]) == ("WrongStateError", "WITHDRAWN")
    assert answered == await answer(market, kind, request)
    assert button(in_time, kind)["until"] == "2026-11-30T12:00:00.000Z"  # the time to ship
    assert button(card, kind)["blockedBy"] == answered


async def test_an_open_request_shortens_what_the_seller_can_do(market: Market) -> None:
    order = await late_order(market)
    await asked(market, order)

    seen = await shown(market, order, LAMPS)

    due_at = "2026-11-26T13:00:00.000Z"  # silence cancels it then
    assert (button(seen)["until"], button(seen, "SHIP")["until"]) == (due_at, due_at)
