"""A declined refund: tried once more, sent another way, given up, or made store credit by itself."""

import pytest

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import OrderLine
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundAction, RefundFailureReason, RefundMethod, RefundStatus
from ordergraph.sweeping import sweep
from tests.market import ADA, BEN, DAY, OLGA, Market
from tests.refunds.commands import do
from tests.scripted import Scripted, cashier
from tests.states import fall_due, refund_in
from tests.watching import snapshot

RETRY, CHANGE, FAIL = RefundAction.RETRY, RefundAction.CHANGE_METHOD, RefundAction.FAIL
ATTEMPT = named_errand("refund.attempt")


@pytest.fixture
async def declined(market: Market) -> Refund:
    return await refund_in(market, RefundStatus.REQUIRES_ACTION)


@pytest.fixture
async def taken_back(market: Market) -> Refund:
    """The buyer's bank took the payment back before we could give it."""
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    await fall_due(market, refund)
    teller, _ = cashier(market, "PAYMENT_DISPUTED")
    await teller.send(refund.id)
    await refund.refresh_from_db()
    return refund


async def _sent(market: Market, refund: Refund) -> Scripted:
    teller, gateway = cashier(market)
    assert await run_errands(teller, ATTEMPT) == 1
    await refund.refresh_from_db()
    return gateway


async def test_the_next_try_goes_under_a_fresh_key(market: Market, declined: Refund) -> None:
    """M5: fresh only after a definite decline."""
    assert (await do(market, OLGA, RETRY, declined))["refund"]["status"] == "PROCESSING"

    gateway = await _sent(market, declined)

    assert gateway.calls == [f"refund refund-{declined.id}-1"]
    assert declined.status is RefundStatus.SUCCEEDED
    assert declined.failure_reason is RefundFailureReason.CARD_EXPIRED


@pytest.mark.parametrize("actor", [ADA, OLGA], ids=["buyer", "operator"])
async def test_store_credit_is_given_once_the_gateway_still_has_the_money(
    market: Market, declined: Refund, actor: Actor
) -> None:
    answer = await do(market, actor, CHANGE, declined)

    gateway = await _sent(market, declined)

    assert answer["refund"]["method"] == "STORE_CREDIT"
    assert gateway.calls == [f"remaining {declined.payment_id}"]
    assert declined.status is RefundStatus.SUCCEEDED
    assert declined.method is RefundMethod.STORE_CREDIT
    payment = await Payment.get(id=declined.payment_id)
    assert (payment.refund_reserved_minor, payment.refunded_minor) == (0, declined.amount_minor)


async def test_a_buyer_sees_their_store_credit_and_nobody_elses(
    market: Market, declined: Refund
) -> None:
    await do(market, ADA, CHANGE, declined)
    await _sent(market, declined)

    mine, others = [
        (await market.ask(who, "{ viewer { storeCredit { amount currencyCode } } }"))["viewer"]
        for who in (ADA, BEN)
    ]

    assert mine == {"storeCredit": [{"amount": "84.70", "currencyCode": "EUR"}]}
    assert others == {"storeCredit": []}


async def test_what_an_operator_paid_by_hand_is_recorded_under_its_reference(
    market: Market, declined: Refund
) -> None:
    await do(market, OLGA, CHANGE, declined, method="MANUAL", bankReference="TRANSFER 7")

    gateway = await _sent(market, declined)

    assert gateway.calls == []
    assert (declined.status, declined.method) == (RefundStatus.SUCCEEDED, RefundMethod.MANUAL)
    assert declined.bank_reference == "TRANSFER 7"


@pytest.mark.parametrize(
    ("actor", "changes", "field"),
    [
        (ADA, {"method": "MANUAL", "bankReference": "X"}, "method"),
        (ADA, {"method": "ORIGINAL_PAYMENT"}, "method"),
        (OLGA, {"method": "ORIGINAL_PAYMENT"}, "method"),
        (OLGA, {"method": "MANUAL"}, "bankReference"),
        (OLGA, {"method": "MANUAL", "bankReference": "x" * 121}, "bankReference"),
        (OLGA, {"method": "STORE_CREDIT", "bankReference": "X"}, "bankReference"),
    ],
)
async def test_a_way_that_is_not_ones_to_choose_changes_nothing(
    market: Market, declined: Refund, actor: Actor, changes: dict[str, str], field: str
) -> None:
    before = await snapshot()

    answer = await do(market, actor, CHANGE, declined, **changes)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", field)
    assert await snapshot() == before


async def test_what_nobody_decides_becomes_store_credit(market: Market, declined: Refund) -> None:
    market.clock.advance(14 * DAY)

    assert await sweep(market.edge, named("refund.action_due")) == 1
    gateway = await _sent(market, declined)

    assert gateway.calls == [f"remaining {declined.payment_id}"]
    assert declined.status is RefundStatus.SUCCEEDED
    assert declined.method is RefundMethod.STORE_CREDIT


async def test_after_the_time_to_choose_the_choice_is_over_whether_or_not_a_worker_has_run(
    market: Market, declined: Refund
) -> None:
    market.clock.advance(14 * DAY)
    before = await snapshot()

    answer = await do(market, OLGA, FAIL, declined)

    assert (answer["__typename"], answer["state"]) == ("WrongStateError", "PROCESSING")
    assert await snapshot() == before


async def test_what_is_given_up_is_free_to_be_promised_anew(
    market: Market, declined: Refund
) -> None:
    answer = await do(market, OLGA, FAIL, declined)

    assert (answer["refund"]["status"], answer["refund"]["note"]) == ("FAILED", "Paid in cash.")
    payment = await Payment.get(id=declined.payment_id)
    assert (payment.refund_reserved_minor, payment.refunded_minor) == (0, 0)
    assert (await OrderLine.get(order_id=declined.order_id)).refunded_minor == 0


async def test_what_the_bank_took_back_is_not_paid_a_second_time(
    market: Market, taken_back: Refund
) -> None:
    """M12."""
    before = await snapshot()

    answers = [await do(market, actor, CHANGE, taken_back) for actor in (ADA, OLGA)]

    assert [answer["__typename"] for answer in answers] == ["PaymentDisputedError"] * 2
    assert await snapshot() == before


async def test_what_the_bank_took_back_is_given_up_by_itself(
    market: Market, taken_back: Refund
) -> None:
    market.clock.advance(14 * DAY)

    assert await sweep(market.edge, named("refund.action_due")) == 1

    await taken_back.refresh_from_db()
    assert taken_back.status is RefundStatus.FAILED
    assert (await Payment.get(id=taken_back.payment_id)).refund_reserved_minor == 0


async def test_a_refund_that_the_gateway_declines_later_wants_action_too(market: Market) -> None:
    """Taken, pending, and then not settled."""
    refund = await refund_in(market, RefundStatus.PENDING)
    teller, gateway = cashier(market)
    gateway.fail(refund.id, "ACCOUNT_CLOSED")
    market.clock.advance(DAY)

    await teller.send(refund.id)

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.REQUIRES_ACTION
    assert refund.failure_reason is RefundFailureReason.ACCOUNT_CLOSED
    assert (refund.declines, refund.sent_at) == (1, None)
