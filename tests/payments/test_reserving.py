"""What is promised back: set aside, given, or freed again, and never more than was captured."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import GATEWAY, SYSTEM, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.orders.models import Order
from ordergraph.payments import actions, queries
from ordergraph.payments.gateways.protocol import CaptureReceipt
from ordergraph.payments.ledger.process import Destination
from tests.market import Market
from tests.watching import snapshot

Move = Callable[[Tx, Order, Money], Awaitable[object]]


def _eur(minor: int) -> Money:
    return Money(minor, "EUR")


async def _columns(order: Order) -> tuple[int, int]:
    payment = await queries.of_order(order.id)
    return payment.refund_reserved_minor, payment.refunded_minor


async def _reserve(tx: Tx, order: Order, amount: Money) -> None:
    await actions.reserve(tx, order, amount, borne_by=Role.SELLER)


async def _settle(tx: Tx, order: Order, amount: Money) -> None:
    await actions.settle_reserved(
        tx,
        order.id,
        amount,
        refund_id=uuid4(),
        method=Destination.ORIGINAL_PAYMENT,
    )


async def _free(tx: Tx, order: Order, amount: Money) -> None:
    await actions.free_reserved(tx, order.id, amount, borne_by=Role.SELLER)


async def move(market: Market, do: Move, order: Order, minor: int) -> None:
    async with market.edge.transaction(SYSTEM) as tx:
        await do(tx, order, _eur(minor))


async def test_reserving_settling_and_freeing_move_exactly_the_amount(market: Market) -> None:
    order = await market.place()

    await move(market, _reserve, order, 5000)
    await move(market, _settle, order, 2000)
    await move(market, _free, order, 1000)

    assert await _columns(order) == (2000, 2000)
    assert (await queries.of_order(order.id)).refundable == _eur(8470 - 4000)


async def test_everything_may_be_promised_but_not_a_cent_more(market: Market) -> None:
    """M2."""
    order = await market.place()
    await move(market, _reserve, order, 8469)
    await move(market, _reserve, order, 1)
    before = await snapshot()

    with pytest.raises(AmountTooHigh) as refusal:
        await move(market, _reserve, order, 1)

    assert refusal.value.maximum == _eur(0)
    assert await snapshot() == before


async def test_what_was_not_captured_cannot_be_promised_back(market: Market) -> None:
    order = await market.place(paid=False)

    with pytest.raises(AmountTooHigh):
        await move(market, _reserve, order, 1)


@pytest.mark.parametrize("do", [_settle, _free])
async def test_what_was_never_promised_cannot_be_settled_or_freed(market: Market, do: Move) -> None:
    order = await market.place()
    await move(market, _reserve, order, 10)

    with pytest.raises(AssertionError, match="never reserved"):
        await move(market, do, order, 11)

    assert await _columns(order) == (10, 0)


@pytest.mark.parametrize("minor", [0, -5])
async def test_promising_nothing_is_a_mistake_of_ours(market: Market, minor: int) -> None:
    order = await market.place()

    with pytest.raises(AssertionError, match="nothing to give back"):
        await move(market, _reserve, order, minor)


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
