"""Each test token of the sandbox, from the buyer's order to the end of its refund."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.outbox import EventRow
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.gateways.protocol import Standing, Surroundings
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.payments.gateways.sandbox_tokens import TOKENS
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.refunds.pace import Pace
from ordergraph.refunds.process import RefundFailureReason, RefundStatus
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, NOON, Market
from tests.orders.commands import NO
from tests.states import cancel
from tests.watching import snapshot

PLACE = (
    """mutation Place($input: OrderPlaceInput!) { orderPlace(input: $input) { __typename ...No
  ... on PaymentDeclinedError { reason message }
  ... on OrderPlaceSuccess { order { number status } } } }"""
    + NO
)
BASKET = {
    "sellerExternalId": "nordic-lamps",
    "currency": "EUR",
    "lines": [{"sku": "L-1", "title": "Lamp", "quantity": 1, "unitPrice": "39.90"}],
}
MOST_ROUNDS = 12
R, S = RefundFailureReason, RefundStatus


@pytest.fixture
async def shop(market: Market) -> Market:
    """A market that has met its seller, and whose sandbox is slow only for a moment."""
    await market.place()
    around = Surroundings(market.clock, {"slow_s": "0.05"})
    market.cashier = replace(market.cashier, gateway=Sandbox(around))
    market.desk = replace(market.desk, cashier=market.cashier)
    return market


async def _place(shop: Market, token: str) -> Any:
    basket = {**BASKET, "paymentToken": token}
    return (await shop.ask(ADA, PLACE, input=basket))["orderPlace"]


async def _ordered(shop: Market, token: str) -> Order:
    answer = await _place(shop, token)
    assert answer["__typename"] == "OrderPlaceSuccess", answer
    return await Order.get(number=answer["order"]["number"])


async def _worked_off(shop: Market) -> None:
    """The promised date comes, and the workers look as often as they have to."""
    shop.clock.advance(7 * DAY)
    for _ in range(MOST_ROUNDS):
        await sweep(shop.edge, named("refund.due"))
        # a gateway that wants to be left alone is left alone in real time: a new process has forgotten it
        await run_errands(replace(shop.cashier, pace=Pace()), named_errand("refund.attempt"))
        shop.clock.advance(timedelta(hours=2))


async def _given(shop: Market, refunds: Iterable[Refund]) -> int:
    """What the sandbox gave back for these, and did not take back again."""
    ids = {refund.id for refund in refunds}
    journal = shop.cashier.gateway.journal(NOON)
    lines = [line async for line in journal if line.reference in ids]
    failed = {line.gateway_reference for line in lines if line.standing is Standing.FAILED}
    return sum(line.amount.minor for line in lines if line.gateway_reference not in failed)


# fmt: off
REFUNDS = {
    # token                          its refund ends as, and why
    "tok_ok":                        (S.SUCCEEDED,       None),
    "tok_refund_declined":           (S.REQUIRES_ACTION, R.DECLINED),
    "tok_refund_card_lost":          (S.REQUIRES_ACTION, R.CARD_LOST),
    "tok_refund_card_expired":       (S.REQUIRES_ACTION, R.CARD_EXPIRED),
    "tok_refund_account_closed":     (S.REQUIRES_ACTION, R.ACCOUNT_CLOSED),
    "tok_refund_insufficient_funds": (S.REQUIRES_ACTION, R.INSUFFICIENT_FUNDS),
    "tok_refund_payment_disputed":   (S.REQUIRES_ACTION, R.PAYMENT_DISPUTED),
    "tok_refund_declined_once":      (S.REQUIRES_ACTION, R.DECLINED),
    "tok_refund_cut":                (S.SUCCEEDED,       None),
    "tok_refund_lost":               (S.SUCCEEDED,       None),
    "tok_refund_slow":               (S.SUCCEEDED,       None),
    "tok_refund_busy":               (S.SUCCEEDED,       None),
    "tok_refund_pending":            (S.SUCCEEDED,       None),
    "tok_refund_pending_declined":   (S.REQUIRES_ACTION, R.ACCOUNT_CLOSED),
    "tok_refund_key_forgotten":      (S.SUCCEEDED,       None),
}
CAPTURES = {
    # token                                why the payment is declined
    "tok_capture_declined":                "DECLINED",
    "tok_capture_insufficient_funds":      "INSUFFICIENT_FUNDS",
    "tok_capture_card_expired":            "CARD_EXPIRED",
    "tok_capture_authentication_required": "AUTHENTICATION_REQUIRED",
    "tok_of_nobody":                       "INVALID_PAYMENT_METHOD",
}
UNANSWERED = {
    # token              whether the money is there although nobody said so
    "tok_capture_cut":   False,
    "tok_capture_lost":  True,
}
PAID = ["tok_capture_slow", "tok_capture_busy"]
# fmt: on


def test_every_token_is_tried() -> None:
    assert {*REFUNDS, *CAPTURES, *UNANSWERED, *PAID} == {*TOKENS, "tok_of_nobody"}


@pytest.mark.parametrize("token", REFUNDS)
async def test_a_refund_ends_as_its_token_says_and_is_given_once_or_not_at_all(
    shop: Market, token: str
) -> None:
    status, reason = REFUNDS[token]
    refund = (await cancel(shop, await _ordered(shop, token))).refund
    assert refund is not None

    await _worked_off(shop)

    await refund.refresh_from_db()
    assert (refund.status, refund.failure_reason) == (status, reason)
    succeeded = refund.status is S.SUCCEEDED
    assert await _given(shop, [refund]) == (refund.amount_minor if succeeded else 0)
    payment = await Payment.get(id=refund.payment_id)
    assert payment.refunded_minor == (refund.amount_minor if succeeded else 0)


@pytest.mark.parametrize("token", CAPTURES)
async def test_a_declined_payment_is_told_and_ends_the_order(shop: Market, token: str) -> None:
    answer = await _place(shop, token)

    assert answer["__typename"] == "PaymentDeclinedError"
    assert answer["reason"] == CAPTURES[token]
    order = await Order.all().order_by("-placed_at", "-id").first()
    assert order is not None
    assert order.status is OrderStatus.EXPIRED
    payment = await Payment.get(order_id=order.id)
    assert (payment.decline_reason, payment.captured_minor) == (CAPTURES[token], 0)
    told = await EventRow.filter(order_id=order.id).order_by("position")
    assert [row.type for row in told] == ["order.placed", "order.payment_declined"]


async def test_a_declined_payment_is_not_captured_later(shop: Market) -> None:
    await _place(shop, "tok_capture_declined")
    before = await snapshot()
    shop.clock.advance(DAY / 2)

    await run_errands(shop.cashier, named_errand("order.payment_due"))

    assert await snapshot() == before


@pytest.mark.parametrize("token", UNANSWERED)
async def test_an_unanswered_payment_is_looked_up_before_the_order_expires(
    shop: Market, token: str
) -> None:
    order = await _ordered(shop, token)
    assert order.status is OrderStatus.PENDING_PAYMENT
    shop.clock.advance(timedelta(minutes=30))

    await run_errands(shop.cashier, named_errand("order.payment_due"))

    await order.refresh_from_db()
    paid = UNANSWERED[token]
    assert order.status is (OrderStatus.PROCESSING if paid else OrderStatus.EXPIRED)


@pytest.mark.parametrize("token", PAID)
async def test_a_payment_that_takes_its_time_is_waited_for(shop: Market, token: str) -> None:
    order = await _ordered(shop, token)

    assert order.status is OrderStatus.PROCESSING


@pytest.mark.parametrize("token", ["x" * 256, "tok ok", "tök", "tok\n", "tok\x00"])
async def test_what_can_be_no_token_is_refused_and_nothing_is_stored(
    shop: Market, token: str
) -> None:
    before = await snapshot()

    answer = await _place(shop, token)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", "paymentToken")
    assert await snapshot() == before
