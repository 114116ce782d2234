"""A refund that the gateway does not answer for: after long an operator may end the waiting, nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ordergraph.deadlines import named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.outbox import EventRow
from ordergraph.orders.models import OrderLine
from ordergraph.payments.gateways.protocol import Standing
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import (
    BACK_OFF,
    STUCK_AFTER,
    RefundAction,
    RefundMethod,
    RefundStatus,
)
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.refunds.commands import do
from tests.scripted import cashier, cut
from tests.states import cancel, fall_due, refund_in
from tests.watching import snapshot

CHANGE, FAIL, RETRY = RefundAction.CHANGE_METHOD, RefundAction.FAIL, RefundAction.RETRY
ATTEMPT = named_errand("refund.attempt")
BY_HAND = {"method": "MANUAL", "bankReference": "R-1"}
CREDIT = "{ viewer { storeCredit { amount } } }"


async def _ask_in_vain(market: Market, refund: Refund, times: int) -> None:
    teller, gateway = cashier(market)
    gateway.during = cut
    for _ in range(times):
        assert await run_errands(teller, ATTEMPT) == 1
        market.clock.advance(DAY)
    await refund.refresh_from_db()


async def _of_one_piece(market: Market) -> Refund:
    """A refund of half an order, about to be sent."""
    order = await market.place()
    piece = await OrderLine.get(order_id=order.id)
    refund = (await cancel(market, order, lines={piece.id: 1})).refund
    assert refund is not None
    await fall_due(market, refund)
    return refund


@pytest.fixture
async def stuck(market: Market) -> Refund:
    refund = await refund_in(market, RefundStatus.PROCESSING)
    await _ask_in_vain(market, refund, len(BACK_OFF))
    assert (refund.status, refund.outcome_unknown) == (RefundStatus.PROCESSING, True)
    return refund


async def test_what_was_paid_by_hand_is_settled(market: Market, stuck: Refund) -> None:
    answer = await do(market, OLGA, CHANGE, stuck, **BY_HAND)

    assert answer["refund"]["method"] == "MANUAL"
    teller, gateway = cashier(market)
    assert await run_errands(teller, ATTEMPT) == 1
    await stuck.refresh_from_db()
    assert (stuck.status, stuck.method) == (RefundStatus.SUCCEEDED, RefundMethod.MANUAL)
    assert gateway.calls == []


async def test_what_is_given_up_is_asked_for_no_more(market: Market, stuck: Refund) -> None:
    answer = await do(market, OLGA, FAIL, stuck)

    assert answer["refund"]["status"] == "FAILED"
    teller, gateway = cashier(market)
    assert await run_errands(teller, ATTEMPT) == 0
    assert gateway.calls == []
    assert (await Payment.get(id=stuck.payment_id)).refund_reserved_minor == 0


async def test_it_becomes_credit_only_if_the_gateway_still_has_it(
    market: Market, stuck: Refund
) -> None:
    """One of the calls without an answer may have paid it."""
    await do(market, OLGA, CHANGE, stuck)
    teller, gateway = cashier(market)
    gateway.gone = stuck.amount_minor

    assert await run_errands(teller, ATTEMPT) == 1

    await stuck.refresh_from_db()
    assert stuck.status is RefundStatus.REQUIRES_ACTION


@pytest.mark.parametrize(
    ("standing", "follows"),
    [
        (Standing.SUCCEEDED, RefundStatus.SUCCEEDED),
        (Standing.PENDING, RefundStatus.PENDING),
    ],
)
async def test_what_the_gateway_has_sent_after_all_does_not_become_credit_too(
    market: Market, standing: Standing, follows: RefundStatus
) -> None:
    """M1: of the order it has more left than this refund, so what is left says nothing."""
    refund = await _of_one_piece(market)
    teller, gateway = cashier(market, "lost")
    assert await run_errands(teller, ATTEMPT) == 1
    gateway.standing[refund.id] = standing
    market.clock.advance(DAY)
    await _ask_in_vain(market, refund, len(BACK_OFF) - 1)
    await do(market, OLGA, CHANGE, refund)

    assert await run_errands(teller, ATTEMPT) == 1

    await refund.refresh_from_db()
    assert (refund.status, refund.method) == (follows, RefundMethod.ORIGINAL_PAYMENT)
    assert refund.gateway_reference is not None
    assert await market.ask(ADA, CREDIT) == {"viewer": {"storeCredit": []}}
    changes = EventRow.filter(order_id=refund.order_id, type="refund.method_changed")
    ways = [event.data["method"] for event in await changes.order_by("position")]
    assert ways == ["STORE_CREDIT", "ORIGINAL_PAYMENT"]


async def test_what_was_declined_there_becomes_credit(market: Market, stuck: Refund) -> None:
    """A look-up may find what has failed meanwhile."""
    await do(market, OLGA, CHANGE, stuck)
    teller, gateway = cashier(market)
    gateway.fail(stuck.id, "ACCOUNT_CLOSED")

    assert await run_errands(teller, ATTEMPT) == 1

    await stuck.refresh_from_db()
    assert (stuck.status, stuck.method) == (RefundStatus.SUCCEEDED, RefundMethod.STORE_CREDIT)


async def test_nor_where_the_gateway_that_was_asked_is_no_longer_there(
    market: Market, stuck: Refund
) -> None:
    await Payment.filter(id=stuck.payment_id).update(gateway="the one before")
    await do(market, OLGA, CHANGE, stuck)
    teller, gateway = cashier(market)

    assert await run_errands(teller, ATTEMPT) == 1

    await stuck.refresh_from_db()
    assert stuck.status is RefundStatus.PROCESSING
    assert gateway.calls == []


async def test_buyer_and_seller_cannot_and_a_fresh_key_is_nobodys(
    market: Market, stuck: Refund
) -> None:
    """M5: fresh only after a definite decline."""
    before = await snapshot()

    told = [await do(market, who, CHANGE, stuck) for who in (ADA, LAMPS)]
    told += [await do(market, who, FAIL, stuck) for who in (ADA, LAMPS)]
    told.append(await do(market, OLGA, RETRY, stuck))

    assert [answer["__typename"] for answer in told] == [
        "WrongStateError", "NotAllowedError", "NotAllowedError", "NotAllowedError", "WrongStateError",
    ]  # fmt: skip
    assert await snapshot() == before


@pytest.mark.parametrize("action", [CHANGE, FAIL])
async def test_before_that_the_gateway_is_asked_and_asked_again(
    market: Market, action: RefundAction
) -> None:
    refund = await refund_in(market, RefundStatus.PROCESSING)
    await _ask_in_vain(market, refund, len(BACK_OFF) - 1)

    answer = await do(market, OLGA, action, refund)

    assert (answer["__typename"], answer["state"]) == ("WrongStateError", "PROCESSING")


async def test_how_often_is_nothing_to_how_long(market: Market) -> None:
    """M1: an installation may ask every few seconds, and two days are two days."""
    refund = await refund_in(market, RefundStatus.PROCESSING)
    teller, gateway = cashier(market)
    teller, gateway.during = replace(teller, back_off=(timedelta(seconds=5),)), cut
    began_at = market.clock.at
    for _ in range(2 * len(BACK_OFF)):
        await run_errands(teller, ATTEMPT)
        market.clock.advance(timedelta(seconds=5))
    market.clock.at = began_at + STUCK_AFTER - timedelta(seconds=1)

    assert (await do(market, OLGA, FAIL, refund))["__typename"] == "WrongStateError"
    market.clock.advance(timedelta(seconds=1))
    assert (await do(market, OLGA, FAIL, refund))["refund"]["status"] == "FAILED"


@pytest.mark.parametrize("action", [CHANGE, FAIL])
async def test_while_a_worker_asks_nobody_interferes(
    market: Market, stuck: Refund, action: RefundAction
) -> None:
    """The answer to this very call may be that it was paid."""
    teller, gateway = cashier(market)
    told = []

    async def meanwhile() -> None:
        told.append(await do(market, OLGA, action, stuck))

    gateway.during = meanwhile
    await run_errands(teller, ATTEMPT)

    assert {answer["__typename"] for answer in told} == {"WrongStateError"}
    await stuck.refresh_from_db()
    assert stuck.status is RefundStatus.SUCCEEDED
