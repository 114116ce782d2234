"""Races over money: however many workers, releases and sweeps meet, it is sent once (M1, J2, S3)."""

import asyncio
from contextvars import copy_context
from datetime import timedelta
from uuid import uuid4

import pytest

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import GATEWAY, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import Declined, RefundOrder
from ordergraph.payments.models import Payment, SandboxEntry
from ordergraph.refunds import commands
from ordergraph.refunds.models import Refund, RefundAttempt
from ordergraph.refunds.process import RefundStatus
from ordergraph.refunds.recording import record
from ordergraph.refunds.sending import Cashier, hurry
from ordergraph.sweeping import sweep
from tests.market import DAY, LAMPS, OLGA, Market
from tests.races.pairs import at_once
from tests.scripted import cashier
from tests.states import refund_in

DUE, ATTEMPT = named("refund.due"), named_errand("refund.attempt")


async def _work(teller: Cashier) -> None:
    """What each worker does every few seconds."""
    await sweep(teller.edge, DUE)
    await run_errands(teller, ATTEMPT)


async def test_two_workers_send_each_of_the_same_refunds_once(market: Market) -> None:
    refunds = [await refund_in(market, RefundStatus.SCHEDULED) for _ in range(12)]
    market.clock.advance(8 * DAY)
    teller, gateway = cashier(market)

    await asyncio.gather(*(_work(teller) for _ in range(3)))
    await _work(teller)

    assert await Refund.filter(status=RefundStatus.SUCCEEDED).count() == 12
    sent = [call for call in gateway.calls if call.startswith("refund ")]
    assert sorted(sent) == sorted(f"refund refund-{refund.id}-0" for refund in refunds)
    for kind in ("refund.due", "refund.succeeded"):
        assert await EventRow.filter(type=kind).count() == 12
    assert await RefundAttempt.all().count() == 12


async def test_workers_at_one_refund_make_one_attempt_however_many_they_are(
    market: Market,
) -> None:
    refund = await refund_in(market, RefundStatus.PROCESSING)
    teller, gateway = cashier(market)

    await asyncio.gather(*(teller.send(refund.id) for _ in range(8)))

    assert gateway.calls == [f"refund refund-{refund.id}-0"]
    assert await RefundAttempt.filter(refund_id=refund.id).count() == 1


async def test_workers_at_the_sandbox_write_each_refund_once_into_its_book(
    market: Market,
) -> None:
    for _ in range(6):
        await refund_in(market, RefundStatus.SCHEDULED)
    market.clock.advance(8 * DAY)

    await asyncio.gather(*(_work(market.cashier) for _ in range(3)))
    await _work(market.cashier)

    book = await SandboxEntry.filter(kind="REFUND")
    assert sorted(e.reference for e in book) == sorted(r.id for r in await Refund.all())


@pytest.mark.parametrize("other", [LAMPS, OLGA], ids=["a double tap", "seller and operator"])
async def test_two_releases_at_once_release_once(market: Market, other: object) -> None:
    for _ in range(10):
        refund = await refund_in(market, RefundStatus.SCHEDULED)

        async def release(tx: Tx, refund: Refund = refund) -> None:
            await commands.release(tx, refund.id)

        outcome = await at_once(market, (LAMPS, release), (other, release))  # type: ignore[arg-type]  # an actor

        assert sorted(outcome) == ["WrongState", "done"]
        told = EventRow.filter(order_id=refund.order_id, type="refund.released")
        assert await told.count() == 1


async def test_a_release_and_the_promised_date_at_once_make_one_way_to_pay(
    market: Market,
) -> None:
    """S3."""
    for _ in range(10):
        refund = await refund_in(market, RefundStatus.SCHEDULED)
        market.clock.at = refund.due_at

        async def release(tx: Tx, refund: Refund = refund) -> None:
            await commands.release(tx, refund.id)

        await asyncio.gather(at_once(market, (LAMPS, release)), sweep(market.edge, DUE))
        await sweep(market.edge, DUE)

        told = EventRow.filter(order_id=refund.order_id, type__in=["refund.released", "refund.due"])
        assert await told.count() == 1
        await market.cashier.send(refund.id)
        assert (await Refund.get(id=refund.id)).status is RefundStatus.SUCCEEDED


async def test_promises_at_once_never_add_up_to_more_than_was_captured(market: Market) -> None:
    """M2: eleven tenths are asked for at once."""
    order = await market.place()
    tenth = Money(order.total_minor // 10, "EUR")

    async def promise() -> bool:
        try:
            async with market.edge.transaction(LAMPS) as tx:
                await payments.reserve(tx, order, tenth, borne_by=Role.SELLER)
        except AmountTooHigh:
            return False
        return True

    promised = await asyncio.gather(*(promise() for _ in range(11)))

    payment = await Payment.get(order_id=order.id)
    assert sum(promised) == 10
    assert payment.refund_reserved_minor == 10 * tenth.minor <= payment.captured_minor


async def test_refunds_of_one_payment_at_once_are_kept_apart_by_the_sandbox(
    market: Market,
) -> None:
    order = await market.place()
    payment = await Payment.get(order_id=order.id)

    async def give_back() -> bool:
        reference = uuid4()
        try:
            await market.gateway.refund(
                RefundOrder(
                    reference, payment.id, "", Money(order.total_minor, "EUR"), str(reference)
                )
            )
        except Declined:
            return False
        return True

    given = await asyncio.gather(*(give_back() for _ in range(5)))

    assert sum(given) == 1
    assert await SandboxEntry.filter(kind="REFUND").count() == 1


async def test_a_ring_that_overtakes_an_answer_is_not_slept_over(market: Market) -> None:
    """Whoever records has looked at the clock, and does not hold the order yet: the ring is later."""
    refund = await refund_in(market, RefundStatus.PROCESSING)
    teller, _ = cashier(market, "pending")
    (claim,) = await teller._claim([refund.id], {})
    answered = await teller._ask(claim)
    elsewhere = copy_context()

    async def ring() -> None:
        market.clock.advance(timedelta(milliseconds=1))
        async with market.edge.transaction(GATEWAY) as tx:
            assert await hurry(tx, refund.id)

    async with market.edge.transaction(GATEWAY) as tx:
        await asyncio.create_task(ring(), context=elsewhere)
        await record(tx, [answered], teller.back_off)

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.PENDING
    assert refund.next_attempt_at is not None
    assert refund.next_attempt_at <= market.clock.at
