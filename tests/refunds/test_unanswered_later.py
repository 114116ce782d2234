"""What the provider had taken, and tells no more about: after long an operator may end that waiting, too."""

import pytest

from ordergraph.deadlines import named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import SYSTEM
from ordergraph.payments.gateways.protocol import Standing
from ordergraph.payments.models import Payment
from ordergraph.refunds.claiming import claim_attempts
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
from tests.scripted import Scripted, cashier, cut
from tests.states import refund_in
from tests.watching import snapshot

CHANGE, FAIL, RETRY = RefundAction.CHANGE_METHOD, RefundAction.FAIL, RefundAction.RETRY
ATTEMPT = named_errand("refund.attempt")
BY_HAND = {"method": "MANUAL", "bankReference": "R-1"}


async def _asked(market: Market, refund: Refund, times: int, *, answers: bool) -> Scripted:
    """The gateway is asked so often, and says that it takes longer, or nothing."""
    teller, gateway = cashier(market)
    gateway.standing[refund.id] = Standing.PENDING
    if not answers:
        gateway.during = cut
    for _ in range(times):
        market.clock.advance(DAY)
        assert await run_errands(teller, ATTEMPT) == 1
    await refund.refresh_from_db()
    return gateway


@pytest.fixture
async def taken(market: Market) -> Refund:
    """The provider has it, and has said for a while that it takes longer."""
    refund = await refund_in(market, RefundStatus.PENDING)
    await _asked(market, refund, len(BACK_OFF), answers=True)
    assert refund.status is RefundStatus.PENDING
    return refund


@pytest.fixture
async def left_behind(market: Market, taken: Refund) -> Refund:
    """And then the installation has changed its provider."""
    await Payment.filter(id=taken.payment_id).update(gateway="the one before")
    await _asked(market, taken, len(BACK_OFF), answers=True)
    assert taken.status is RefundStatus.PENDING
    return taken


async def test_what_the_provider_before_has_paid_is_settled_under_its_reference(
    market: Market, left_behind: Refund
) -> None:
    answer = await do(market, OLGA, CHANGE, left_behind, **BY_HAND)

    assert answer["refund"]["method"] == "MANUAL"
    teller, gateway = cashier(market)
    assert await run_errands(teller, ATTEMPT) == 1
    await left_behind.refresh_from_db()
    assert left_behind.status is RefundStatus.SUCCEEDED
    assert (left_behind.method, left_behind.bank_reference) == (RefundMethod.MANUAL, "R-1")
    assert gateway.calls == []


async def test_what_it_has_not_paid_is_given_up_and_can_be_promised_anew(
    market: Market, left_behind: Refund
) -> None:
    answer = await do(market, OLGA, FAIL, left_behind)

    assert answer["refund"]["status"] == "FAILED"
    teller, _ = cashier(market)
    assert await run_errands(teller, ATTEMPT) == 0
    assert (await Payment.get(id=left_behind.payment_id)).refund_reserved_minor == 0


async def test_it_becomes_no_credit_while_only_the_provider_before_knows(
    market: Market, left_behind: Refund
) -> None:
    """M1: it had the money in hand, and may have paid it."""
    await do(market, OLGA, CHANGE, left_behind)

    gateway = await _asked(market, left_behind, 1, answers=True)

    assert gateway.calls == []
    assert left_behind.status is RefundStatus.PROCESSING
    answer = await do(market, OLGA, CHANGE, left_behind, **BY_HAND)
    assert answer["refund"]["method"] == "MANUAL"


@pytest.mark.parametrize("standing", [Standing.SUCCEEDED, Standing.PENDING])
async def test_nor_where_it_answers_again_and_has_it_still(
    market: Market, taken: Refund, standing: Standing
) -> None:
    gateway = await _asked(market, taken, len(BACK_OFF), answers=False)
    await do(market, OLGA, CHANGE, taken)
    teller, gateway = cashier(market)
    gateway.standing[taken.id] = standing
    market.clock.advance(DAY)

    assert await run_errands(teller, ATTEMPT) == 1

    await taken.refresh_from_db()
    assert gateway.calls == ["find_refund"]
    assert taken.method is RefundMethod.ORIGINAL_PAYMENT
    assert taken.status.value == standing.value


@pytest.mark.parametrize("action", [CHANGE, FAIL])
async def test_that_it_takes_long_is_an_answer(
    market: Market, taken: Refund, action: RefundAction
) -> None:
    """However often it was asked: what counts begins with the first call without an answer."""
    told = [await do(market, OLGA, action, taken)]
    await _asked(market, taken, len(BACK_OFF) - 1, answers=False)
    told.append(await do(market, OLGA, action, taken))
    await _asked(market, taken, 1, answers=True)
    await _asked(market, taken, 1, answers=False)
    market.clock.advance(STUCK_AFTER)
    told.append(await do(market, OLGA, action, taken))

    assert {(no["__typename"], no["state"]) for no in told} == {("WrongStateError", "PENDING")}


async def test_a_worker_that_died_asking_is_no_answer_that_failed_to_come(
    market: Market, taken: Refund
) -> None:
    market.clock.advance(DAY)
    async with market.edge.transaction(SYSTEM) as tx:
        assert await claim_attempts(tx, [taken.id], DAY)
    await _asked(market, taken, 1, answers=False)

    assert (await do(market, OLGA, FAIL, taken))["__typename"] == "WrongStateError"


async def test_buyer_and_seller_cannot_and_a_fresh_key_is_nobodys(
    market: Market, left_behind: Refund
) -> None:
    """M5: fresh only after a definite decline."""
    before = await snapshot()

    told = [await do(market, who, CHANGE, left_behind) for who in (ADA, LAMPS)]
    told += [await do(market, who, FAIL, left_behind) for who in (ADA, LAMPS)]
    told.append(await do(market, OLGA, RETRY, left_behind))

    assert [answer["__typename"] for answer in told] == [
        "WrongStateError", "NotAllowedError", "NotAllowedError", "NotAllowedError", "WrongStateError",
    ]  # fmt: skip
    assert await snapshot() == before
