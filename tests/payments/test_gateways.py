"""What ordergraph expects of every gateway; each implementation that we have passes the same tests."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways import protocol
from ordergraph.payments.gateways.protocol import (
    Capture,
    Declined,
    PaymentGateway,
    RefundOrder,
    Standing,
)
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.payments.models import SandboxEntry
from tests.market import Market
from tests.scripted import Scripted

GATEWAYS: dict[str, Callable[[Market], PaymentGateway]] = {
    "sandbox": lambda market: market.gateway,
    "scripted": lambda _: Scripted(),
}
TEN = Money(1000, "EUR")


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, market: Market) -> PaymentGateway:
    return GATEWAYS[request.param](market)


def _capture(amount: Money = TEN) -> Capture:
    reference = uuid4()
    return Capture(reference, amount, f"capture-{reference}")


def _refund(payment: UUID, amount: Money = TEN) -> RefundOrder:
    reference = uuid4()
    return RefundOrder(reference, payment, "captured", amount, f"refund-{reference}-0")


# ── what only the sandbox promises: it is as strict as a bank ────────────────────────────────


async def test_the_sandbox_gives_back_in_parts_but_never_more_than_was_captured(
    market: Market,
) -> None:
    capture = _capture()
    await market.gateway.capture(capture)
    for minor in (600, 400):
        await market.gateway.refund(_refund(capture.payment_reference, Money(minor, "EUR")))

    with pytest.raises(Declined) as no:
        await market.gateway.refund(_refund(capture.payment_reference, Money(1, "EUR")))

    assert no.value.code == "INSUFFICIENT_FUNDS"
    assert await SandboxEntry.filter(kind="REFUND").count() == 2


@pytest.mark.parametrize("amount", [Money(1000, "USD"), Money(1001, "EUR")])
async def test_the_sandbox_declines_what_does_not_fit_the_capture(
    market: Market, amount: Money
) -> None:
    capture = _capture()
    await market.gateway.capture(capture)

    with pytest.raises(Declined):
        await market.gateway.refund(_refund(capture.payment_reference, amount))

    assert not await SandboxEntry.exists(kind="REFUND")


async def test_the_sandbox_declines_a_refund_of_nothing(market: Market) -> None:
    with pytest.raises(Declined):
        await market.gateway.refund(_refund(uuid4()))


async def test_the_sandbox_declines_a_second_refund_of_one_reference_under_another_key(
    market: Market,
) -> None:
    capture = _capture()
    await market.gateway.capture(capture)
    order = _refund(capture.payment_reference, Money(100, "EUR"))
    await market.gateway.refund(order)

    with pytest.raises(Declined):
        await market.gateway.refund(replace(order, idempotency_key="another"))

    assert await SandboxEntry.filter(kind="REFUND").count() == 1


def test_a_gateway_is_found_by_its_name() -> None:
    assert protocol.load("sandbox") is Sandbox


def test_an_unknown_gateway_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(protocol.UnknownGateway, match=r"'bank'.*installed are: .*sandbox"):
        protocol.load("bank")
