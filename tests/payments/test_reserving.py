"""What is promised back: set aside, given, or freed again, and never more than was captured."""

import pytest

from ordergraph.kernel.actor import GATEWAY
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.orders.models import Order
from ordergraph.payments import actions, queries
from ordergraph.payments.gateways.protocol import CaptureReceipt
from tests.market import Market
from tests.watching import snapshot


def _eur(minor: int) -> Money:
    return Money(minor, "EUR")


async def _columns(order: Order) -> tuple[int, int]:
    payment = await queries.of_order(order.id)
    return payment.refund_reserved_minor, payment.refunded_minor


async def test_reserving_settling_and_freeing_move_exactly_the_amount(market: Market) -> None:
    order = await market.place()

    await actions.reserve(order.id, _eur(5000))
    await actions.settle_reserved(order.id, _eur(2000))
    await actions.free_reserved(order.id, _eur(1000))

    assert await _columns(order) == (2000, 2000)
    assert (await queries.of_order(order.id)).refundable == _eur(8470 - 4000)


async def test_everything_may_be_promised_but_not_a_cent_more(market: Market) -> None:
    """M2."""
    order = await market.place()
    await actions.reserve(order.id, _eur(8469))
    await actions.reserve(order.id, _eur(1))
    before = await snapshot()

    with pytest.raises(AmountTooHigh) as refusal:
        await actions.reserve(order.id, _eur(1))

    assert refusal.value.maximum == _eur(0)
    assert await snapshot() == before


async def test_what_was_not_captured_cannot_be_promised_back(market: Market) -> None:
    order = await market.place(paid=False)

    with pytest.raises(AmountTooHigh):
        await actions.reserve(order.id, _eur(1))


@pytest.mark.parametrize("move", [actions.settle_reserved, actions.free_reserved])
async def test_what_was_never_promised_cannot_be_settled_or_freed(
    market: Market, move: object
) -> None:
    order = await market.place()
    await actions.reserve(order.id, _eur(10))

    with pytest.raises(AssertionError, match="never reserved"):
        await move(order.id, _eur(11))  # type: ignore[operator]  # both are functions

    assert await _columns(order) == (10, 0)


@pytest.mark.parametrize("minor", [0, -5])
async def test_promising_nothing_is_a_mistake_of_ours(market: Market, minor: int) -> None:
    order = await market.place()

    with pytest.raises(AssertionError, match="nothing to give back"):
        await actions.reserve(order.id, _eur(minor))


async def test_a_capture_of_another_amount_is_a_mistake_that_stores_nothing(market: Market) -> None:
    order = await market.place(paid=False)
    before = await snapshot()

    with pytest.raises(AssertionError, match="what we asked"):
        async with market.edge.transaction(GATEWAY) as tx:
            await actions.record_capture(tx, order.id, CaptureReceipt("g", _eur(1)))

    assert await snapshot() == before


async def test_keys_at_the_gateway_are_made_of_our_own_ids(market: Market) -> None:
    """M5: nothing of time, attempt or job is in them, so a repeat is the same request."""
    payment = await queries.of_order((await market.place()).id)

    assert actions.capture_of(payment) == actions.capture_of(payment)
    assert actions.capture_of(payment).idempotency_key == f"capture-{payment.id}"
