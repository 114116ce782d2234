"""Whether the button says what the mutation answers, where there is money left, but not for this."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from ordergraph.giving import actions as giving
from ordergraph.kernel.money import Money
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.models import Order, OrderLine
from ordergraph.refunds import goodwill
from ordergraph.refunds.actions import LinePart
from tests.cancellations.late import asked, late_order
from tests.disputes.court import act
from tests.market import DAY, LAMPS, Market, line
from tests.withdrawals.documents import button, seen, started

CAKE = replace(line("Cake", 1, "20.00"), excluded=WithdrawalExclusion.PERISHABLE)


async def _given(market: Market, order: Order, line_id: UUID, minor: int) -> None:
    nothing = Money(0, order.currency)
    gift = goodwill.Gift(
        order_id=order.id,
        lines=[LinePart(line_id, 0, minor)],
        shipping=nothing,
        adjustment=nothing,
        note="Sorry.",
    )
    await act(market, LAMPS, giving.create, gift)


async def _shown(market: Market, order: Order) -> dict[str, Any] | None:
    """What the button says is in the way."""
    found = button(await seen(market, order))
    assert found is not None
    assert found["available"] is (found["blockedBy"] is None)
    blocked: dict[str, Any] | None = found["blockedBy"]
    return blocked


async def _agree(market: Market, order: Order) -> str | None:
    """What both say; None where both let it happen."""
    blocked, answer = await _shown(market, order), await started(market, order)
    if answer["__typename"] == "WithdrawalStartSuccess":
        assert blocked is None
        return None
    assert blocked is not None
    assert (blocked["__typename"], blocked["message"]) == (answer["__typename"], answer["message"])
    return str(answer["__typename"])


@pytest.mark.parametrize(
    ("kept_minor", "says"), [(1, None), (0, "AmountTooHighError")], ids=["a cent", "nothing"]
)
async def test_what_is_left_of_goods_that_nobody_can_withdraw_from_opens_no_button(
    market: Market, kept_minor: int, says: str | None
) -> None:
    order = await market.deliver(await market.place(line("Lamp", 1, "39.90"), CAKE))
    lamp = await OrderLine.get(order_id=order.id, title="Lamp")
    await _given(market, order, lamp.id, 3_990 - kept_minor)

    assert await _agree(market, order) == says


async def test_nor_do_goods_that_silence_has_canceled_before_a_worker_wrote_it_down(
    market: Market,
) -> None:
    """J6: the seller was asked to cancel the lamp alone, and did not answer in time."""
    order = await late_order(market, line("Lamp", 1, "39.90"), CAKE)
    lamp = await OrderLine.get(order_id=order.id, title="Lamp")
    await asked(market, order, lines={lamp.id: 1})
    assert await _shown(market, order) is None

    market.clock.advance(2 * DAY)

    assert await _agree(market, order) == "WithdrawalExcludedError"
