"""The scripted gateway of the tests behaves like a real one, as long as it has no script."""

from dataclasses import replace

import pytest

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import Contradiction, Standing
from tests.market import NOON
from tests.payments.asked import TEN, capture_of, refund_of
from tests.scripted import Scripted


@pytest.fixture
def gateway() -> Scripted:
    return Scripted()


async def test_what_was_captured_is_found_by_our_reference(gateway: Scripted) -> None:
    capture = capture_of()
    assert await gateway.find_capture(capture.payment_reference, NOON) is None

    receipt = await gateway.capture(capture)

    assert receipt.amount == TEN
    assert await gateway.find_capture(capture.payment_reference, NOON) == receipt


async def test_the_same_capture_again_takes_no_second_time(gateway: Scripted) -> None:
    capture = capture_of()

    assert await gateway.capture(capture) == await gateway.capture(capture)


async def test_what_was_given_back_is_found_by_our_reference(gateway: Scripted) -> None:
    capture = capture_of()
    await gateway.capture(capture)
    order = refund_of(capture.payment_reference)
    assert await gateway.find_refund(order) is None

    receipt = await gateway.refund(order)

    assert receipt.standing is Standing.SUCCEEDED
    assert receipt.bank_reference
    assert await gateway.find_refund(order) == receipt


async def test_the_same_refund_again_gives_nothing_a_second_time(gateway: Scripted) -> None:
    capture = capture_of()
    await gateway.capture(capture)
    order = refund_of(capture.payment_reference)

    assert await gateway.refund(order) == await gateway.refund(order)


async def test_a_known_key_with_another_amount_is_a_contradiction(gateway: Scripted) -> None:
    capture = capture_of()
    await gateway.capture(capture)
    order = refund_of(capture.payment_reference, Money(300, "EUR"))
    await gateway.refund(order)

    with pytest.raises(Contradiction):
        await gateway.refund(replace(order, amount=Money(400, "EUR")))
