"""Finding gateways; and what only the sandbox promises: it is as strict as a bank."""

import sys
from dataclasses import replace
from uuid import uuid4

import pytest

from ordergraph.kernel.clock import FrozenClock
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways import protocol
from ordergraph.payments.gateways.protocol import (
    Contradiction,
    Declined,
    Surroundings,
    UnusableGateway,
)
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.payments.models import SandboxEntry
from tests.market import NOON, Market
from tests.payments.asked import capture_of, refund_of

GATEWAYS = "ordergraph.payments.gateways"


async def test_the_sandbox_gives_back_in_parts_but_never_more_than_was_captured(
    market: Market,
) -> None:
    capture = capture_of()
    await market.gateway.capture(capture)
    for minor in (600, 400):
        await market.gateway.refund(refund_of(capture.payment_reference, Money(minor, "EUR")))

    with pytest.raises(Declined) as no:
        await market.gateway.refund(refund_of(capture.payment_reference, Money(1, "EUR")))

    assert no.value.code == "INSUFFICIENT_FUNDS"
    assert await SandboxEntry.filter(kind="REFUND").count() == 2


@pytest.mark.parametrize("amount", [Money(1000, "USD"), Money(1001, "EUR")])
async def test_the_sandbox_declines_what_does_not_fit_the_capture(
    market: Market, amount: Money
) -> None:
    capture = capture_of()
    await market.gateway.capture(capture)

    with pytest.raises(Declined):
        await market.gateway.refund(refund_of(capture.payment_reference, amount))

    assert not await SandboxEntry.exists(kind="REFUND")


async def test_the_sandbox_declines_a_refund_of_nothing(market: Market) -> None:
    with pytest.raises(Declined):
        await market.gateway.refund(refund_of(uuid4()))


async def test_a_second_refund_of_one_reference_under_another_key_contradicts_the_first(
    market: Market,
) -> None:
    """It is no Declined: the first was given, and has to be looked up."""
    capture = capture_of()
    await market.gateway.capture(capture)
    order = refund_of(capture.payment_reference, Money(100, "EUR"))
    await market.gateway.refund(order)

    with pytest.raises(Contradiction):
        await market.gateway.refund(replace(order, idempotency_key="another"))

    assert await SandboxEntry.filter(kind="REFUND").count() == 1


async def test_a_capture_of_one_payment_under_another_key_contradicts_the_first(
    market: Market,
) -> None:
    capture = capture_of()
    await market.gateway.capture(capture)

    with pytest.raises(Contradiction):
        await market.gateway.capture(replace(capture, idempotency_key="another"))

    assert await SandboxEntry.filter(kind="CAPTURE").count() == 1


async def test_a_token_that_is_not_in_the_table_is_declined(market: Market) -> None:
    capture = replace(capture_of(), token="tok_of_somebody_else")

    with pytest.raises(Declined) as no:
        await market.gateway.capture(capture)

    assert no.value.code == "INVALID_PAYMENT_METHOD"


def test_a_gateway_is_found_by_its_name() -> None:
    assert protocol.load("sandbox") is Sandbox


def test_an_unknown_gateway_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(UnusableGateway, match=r"'bank'.*installed are: .*sandbox, stripe"):
        protocol.load("bank")


def test_a_gateway_whose_library_is_missing_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith(f"{GATEWAYS}.stripe")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "stripe", None)  # Python's way to say: it is not there

    with pytest.raises(UnusableGateway, match=r"pip install 'ordergraph\[stripe\]'"):
        protocol.load("stripe")


@pytest.mark.parametrize("wrong", [{"slow_s": "soon"}, {"slow_s": "-1"}, {"delay_s": "nan"}])
def test_the_sandbox_refuses_an_option_that_is_no_number_of_seconds(wrong: dict[str, str]) -> None:
    with pytest.raises(UnusableGateway, match=f"{next(iter(wrong))}.*number of seconds"):
        Sandbox(Surroundings(FrozenClock(NOON), wrong))


def test_an_option_that_a_gateway_does_not_know_is_refused_without_its_value() -> None:
    with pytest.raises(UnusableGateway) as refusal:
        Sandbox(Surroundings(FrozenClock(NOON), {"dealy_s": "hush"}))

    assert str(refusal.value) == (
        "the gateway knows no option 'dealy_s'; it knows: delay_s, slow_s, settle_s"
    )


def test_options_and_tokens_show_in_no_repr() -> None:
    around = Surroundings(FrozenClock(NOON), {"api_key": "hush"})

    assert "hush" not in repr(around) + repr(replace(capture_of(), token="hush"))
