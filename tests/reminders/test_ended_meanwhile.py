"""What another clock has ended is not reminded of, though no worker has written that down yet."""

from ordergraph.orders.models import OrderLine
from tests.cancellations.late import asked, late_order
from tests.market import DAY, NOON, Market
from tests.orders.test_clocks import ONE
from tests.reminders.cases import remind, reminded


async def test_nobody_is_to_ship_what_silence_has_canceled(market: Market) -> None:
    order = await late_order(market)
    await asked(market, order)
    market.clock.at = NOON + 4 * DAY  # past the half of the time to ship

    await remind(market)

    assert await reminded(order.id) == []


async def test_until_then_the_seller_is_to_ship_or_to_answer(market: Market) -> None:
    order = await late_order(market, late_cancellation_response_s=int(3.5 * 86_400))
    await asked(market, order)
    market.clock.at = NOON + 4.5 * DAY + DAY / 24 - ONE

    await remind(market)

    assert [side for side, _ in await reminded(order.id)] == ["SELLER"] * 2


async def test_what_silence_left_is_still_to_be_shipped(market: Market) -> None:
    order = await late_order(market)
    lamp = await OrderLine.get(order_id=order.id, position=0)
    await asked(market, order, lines={lamp.id: 1})
    market.clock.at = NOON + 4 * DAY

    await remind(market)

    assert len(await reminded(order.id)) == 1


async def test_nobody_is_to_answer_for_what_was_not_shipped_in_time(market: Market) -> None:
    order = await late_order(market, late_cancellation_response_s=10 * 86_400)
    await asked(market, order)
    market.clock.at = NOON + 7 * DAY

    await remind(market)

    assert await reminded(order.id) == []
