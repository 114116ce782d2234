"""What Stripe does beyond the contract: its errors, its paging, its 500s that are kept for a day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import stripe as sdk
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from ordergraph.kernel.clock import FrozenClock
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    Capture,
    Declined,
    OutcomeUnknown,
    RateLimited,
    RefundOrder,
    Standing,
    Surroundings,
    UnusableGateway,
)
from ordergraph.payments.gateways.stripe import Stripe
from ordergraph.testing.bench import Till, problem_of
from tests.market import NOON
from tests.payments.benches import StripeBench, stripe_at, stripe_bench
from tests.payments.stripe_server import API_KEY

TEN, FINE = Money(1000, "EUR"), "pm_card_visa"


@pytest.fixture
async def bench() -> AsyncIterator[StripeBench]:
    async with stripe_bench() as bench:
        yield bench


def _till(bench: StripeBench, token: str | None = FINE, amount: Money = TEN) -> Till:
    reference = uuid7()
    return Till(bench, Capture(reference, amount, f"capture-{reference}", token))


async def _refund(bench: StripeBench, token: str, amount: Money = TEN) -> RefundOrder:
    till = _till(bench, token, amount)
    return till.refund(await till.paid())


async def test_what_is_sent_carries_our_references_and_our_key(bench: StripeBench) -> None:
    till = _till(bench)
    order = till.refund(await till.paid(), Money(400, "EUR"))

    await bench.gateway.refund(order)

    (_, capture_key, payment), (_, refund_key, refund) = bench.server.requests
    assert (capture_key, refund_key) == (till.capture.idempotency_key, order.idempotency_key)
    assert payment["metadata"] == {"ordergraph_payment": str(till.capture.payment_reference)}
    assert (payment["amount"], payment["currency"]) == ("1000", "eur")
    assert refund["metadata"] == {
        "ordergraph_refund": str(order.reference),
        "ordergraph_key": order.idempotency_key,
    }
    assert refund["amount"] == "400"


@pytest.mark.parametrize("token", ["pm_refund_cut", "pm_refund_500", "pm_refund_busy"])
async def test_the_sdk_repeats_nothing_by_itself(bench: StripeBench, token: str) -> None:
    order = await _refund(bench, token)

    await problem_of(bench.gateway.refund(order))

    assert bench.server.calls[order.idempotency_key] == 1


async def test_a_500_after_the_effect_is_answered_again_but_the_refund_is_found(
    bench: StripeBench,
) -> None:
    """Stripe keeps the answer of a key, 500s included: only looking tells what happened (M7)."""
    order = await _refund(bench, "pm_refund_500_after")

    problems = [await problem_of(bench.gateway.refund(order)) for _ in range(2)]

    assert [type(problem) for problem in problems] == [OutcomeUnknown] * 2
    found = await bench.gateway.find_refund(order)
    assert found is not None
    assert found.standing is Standing.SUCCEEDED
    assert len(bench.server.books.refunds) == 1


async def test_a_500_before_the_effect_gives_nothing(bench: StripeBench) -> None:
    order = await _refund(bench, "pm_refund_500")

    assert isinstance(await problem_of(bench.gateway.refund(order)), OutcomeUnknown)

    assert await bench.gateway.find_refund(order) is None


async def test_a_call_that_hangs_can_be_given_up(bench: StripeBench) -> None:
    order = await _refund(bench, "pm_refund_hang")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.gateway.refund(order), 0.2)

    assert await bench.gateway.find_refund(order) is None


async def test_the_wait_that_stripe_asks_for_is_passed_on(bench: StripeBench) -> None:
    order = await _refund(bench, "pm_refund_busy")

    problem = await problem_of(bench.gateway.refund(order))

    assert isinstance(problem, RateLimited)
    assert problem.retry_after == timedelta(seconds=2)


async def test_already_refunded_by_ourselves_is_settled_by_looking(bench: StripeBench) -> None:
    """The first answer and the key are lost; the repetition is refused, but it was our own."""
    till = _till(bench, "pm_keys_forgotten")
    order = till.refund(await till.paid())
    await problem_of(bench.gateway.refund(order))

    receipt = await bench.gateway.refund(order)

    assert receipt.standing is Standing.SUCCEEDED
    assert len(bench.server.books.refunds) == 1


async def test_already_refunded_by_somebody_else_is_declined(bench: StripeBench) -> None:
    till = _till(bench)
    order = till.refund(await till.paid())
    form = {"payment_intent": order.payment_gateway_reference, "amount": "1000"}
    bench.server.books.give_back(form)

    problem = await problem_of(bench.gateway.refund(order))

    assert isinstance(problem, Declined)
    assert problem.code == "ALREADY_REFUNDED"
    assert (await bench.gateway.remaining(order)).minor == 0


@pytest.mark.parametrize(
    ("status", "is_there"),
    [("warning_needs_response", False), ("lost", False), ("won", True), ("warning_closed", True)],
)
async def test_what_the_bank_wants_back_is_not_there_until_it_has_lost(
    bench: StripeBench, status: str, is_there: bool
) -> None:
    till = _till(bench)
    order = till.refund(await till.paid())
    bench.server.books.contest(order.payment_gateway_reference, status)

    if is_there:
        assert await bench.gateway.remaining(order) == order.amount
    else:
        problem = await problem_of(bench.gateway.remaining(order))
        assert isinstance(problem, Declined)
        assert problem.code == "PAYMENT_DISPUTED"


@pytest.mark.parametrize(
    ("token", "code"),
    [("pm_refund_declined", "INSUFFICIENT_FUNDS"), ("pm_disputed", "PAYMENT_DISPUTED")],
)
async def test_why_a_refund_is_refused_is_told_in_our_words(
    bench: StripeBench, token: str, code: str
) -> None:
    order = await _refund(bench, token)

    with pytest.raises(Declined) as no:
        await bench.gateway.refund(order)

    assert no.value.code == code


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_capture_declined", "DECLINED"),
        ("pm_insufficient_funds", "INSUFFICIENT_FUNDS"),
        ("pm_expired", "CARD_EXPIRED"),
        ("pm_authentication", "AUTHENTICATION_REQUIRED"),
        ("tok_of_the_sandbox", "INVALID_PAYMENT_METHOD"),
        (None, "INVALID_PAYMENT_METHOD"),
    ],
)
async def test_why_a_payment_is_declined_is_told_in_our_words(
    bench: StripeBench, token: str | None, code: str
) -> None:
    with pytest.raises(Declined) as no:
        await _till(bench, token).paid()

    assert no.value.code == code


async def test_a_payment_that_is_still_processing_is_not_taken_for_captured(
    bench: StripeBench,
) -> None:
    till = _till(bench, "pm_processing")

    assert isinstance(await problem_of(till.paid()), OutcomeUnknown)

    assert await till.found() is None
    assert await till.lines(till.capture.payment_reference) == []


# fmt: off
AMOUNTS = [
    (Money(1500, "JPY"),   "1500"),
    (Money(5, "ISK"),      "500"),    # two decimals, which have to be 00
    (Money(7, "UGX"),      "700"),
    (Money(5120, "KWD"),   "5120"),
    (Money(30000, "MGA"),  "300"),    # none at Stripe, two in ISO 4217
]
# fmt: on


@pytest.mark.parametrize(("amount", "units"), AMOUNTS, ids=[str(a) for a, _ in AMOUNTS])
async def test_stripes_units_are_not_everywhere_those_of_iso_4217(
    bench: StripeBench, amount: Money, units: str
) -> None:
    till = _till(bench, amount=amount)

    receipt = await till.paid()
    await bench.gateway.refund(till.refund(receipt))

    assert receipt.amount == amount
    assert [form["amount"] for _, _, form in bench.server.requests] == [units, units]
    (line,) = await till.lines(till.capture.payment_reference)
    assert line.amount == amount


@pytest.mark.parametrize("amount", [Money(5124, "KWD"), Money(30001, "MGA")], ids=str)
async def test_an_amount_that_stripe_cannot_take_is_declined_and_not_rounded(
    bench: StripeBench, amount: Money
) -> None:
    with pytest.raises(Declined) as no:
        await _till(bench, amount=amount).paid()

    assert no.value.code == "UNSUPPORTED_AMOUNT"
    assert bench.server.requests == []


async def test_a_refund_is_found_among_more_than_one_page_of_others(bench: StripeBench) -> None:
    till = _till(bench, amount=Money(99_999, "EUR"))
    order = till.refund(await till.paid(), Money(500, "EUR"))
    await bench.gateway.refund(order)
    form = {"payment_intent": order.payment_gateway_reference, "amount": "1"}
    for _ in range(230):
        bench.server.books.give_back(form)

    found = await bench.gateway.find_refund(order)

    assert found is not None
    assert len(await till.lines(order.reference)) == 1
    lines = [line async for line in bench.gateway.journal(bench.began_at)]
    assert len(lines) == 232
    assert sum(line.reference is None for line in lines) == 230
    given = {line.payment for line in lines if line.kind == "REFUND"}
    assert given == {order.payment_gateway_reference}


async def test_a_capture_is_found_among_more_than_one_page_of_others(bench: StripeBench) -> None:
    till = _till(bench)
    receipt = await till.paid()
    _, _, form = bench.server.requests[0]
    for _ in range(120):
        bench.server.books.pay({**form, "metadata": {}})

    assert await till.found() == receipt


async def test_a_capture_is_found_as_long_as_it_may_have_been_asked_for(
    bench: StripeBench,
) -> None:
    """The order was placed three days ago, and its buyer had four to pay: it was repeated today."""
    placed = datetime.now(UTC) - timedelta(days=3)
    reference = UUID(int=(int(placed.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | 1)
    capture = Capture(reference, TEN, f"capture-{reference}", FINE)
    receipt = await bench.gateway.capture(capture)

    assert await bench.gateway.find_capture(reference, placed + timedelta(days=4)) == receipt
    assert await bench.gateway.find_capture(reference, placed + timedelta(days=2)) is None


async def test_a_payment_whose_id_has_no_time_in_it_is_found_too(bench: StripeBench) -> None:
    reference = uuid4()
    capture = Capture(reference, TEN, f"capture-{reference}", "pm_card_visa")

    receipt = await bench.gateway.capture(capture)

    assert await bench.gateway.find_capture(reference, bench.began_at) == receipt


async def test_what_is_in_a_currency_that_we_do_not_know_is_not_ours(bench: StripeBench) -> None:
    await _till(bench).paid()
    _, _, form = bench.server.requests[0]
    bench.server.books.pay({**form, "currency": "xxd"})

    assert len([line async for line in bench.gateway.journal(bench.began_at)]) == 1


async def test_another_accounts_payment_leaves_the_refund_undecided(bench: StripeBench) -> None:
    """A wrong key must not decline every refund there is."""
    order = await _refund(bench, "pm_card_visa")
    bench.server.books.intents.clear()

    problem = await problem_of(bench.gateway.refund(order))

    assert isinstance(problem, UnusableGateway)


async def test_a_key_that_stripe_does_not_accept_is_said_clearly_and_not_quoted(
    bench: StripeBench,
) -> None:
    gateway = stripe_at(bench.url, api_key="sk_test_hush")

    with capture_logs() as said:
        problems = [
            await problem_of(gateway.capture(_till(bench).capture)),
            await problem_of(anext(aiter(gateway.journal(bench.began_at)))),
        ]

    await gateway.aclose()
    assert all(isinstance(problem, UnusableGateway) for problem in problems)
    assert "hush" not in repr(problems) + str(said)


async def test_a_server_that_is_not_there_leaves_everything_undecided() -> None:
    gateway = stripe_at("http://127.0.0.1:1")
    order = RefundOrder(uuid7(), uuid7(), "pi_1", TEN, "refund-1")
    capture = Capture(uuid7(), TEN, "capture-1", "pm_card_visa")

    problems = [
        await problem_of(gateway.refund(order)),
        await problem_of(gateway.find_refund(order)),
        await problem_of(gateway.capture(capture)),
        await problem_of(gateway.find_capture(capture.payment_reference, NOON)),
    ]

    await gateway.aclose()
    assert [type(problem) for problem in problems] == [OutcomeUnknown] * 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs ORDERGRAPH_GATEWAY_OPTIONS__API_KEY"),
        ({"api_key": "sk_test_höl"}, "needs ORDERGRAPH_GATEWAY_OPTIONS__API_KEY"),
        ({"api_key": "sk_test_hush\n"}, "needs ORDERGRAPH_GATEWAY_OPTIONS__API_KEY"),
        ({"api_key": "sk_test_hush", "base_url": "hush"}, "'base_url' should look like"),
        ({"api_key": "sk_test_hush", "webhok_secret": "hush"}, "no option 'webhok_secret'"),
    ],
)
def test_options_that_cannot_be_used_are_refused_in_one_line_without_secrets(
    options: dict[str, str], words: str
) -> None:
    with pytest.raises(UnusableGateway, match=words) as refusal:
        Stripe(Surroundings(FrozenClock(NOON), options))

    assert "hush" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_stripe_moves_real_money_and_the_sdk_keeps_no_record_of_this_machine() -> None:
    gateway = stripe_at("http://127.0.0.1:1")

    assert gateway.real_money
    assert not sdk.enable_telemetry
    assert API_KEY not in repr(gateway)
