"""Our books against the gateway's journal: what is missing, unknown, doubled or of another amount (L3)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ordergraph.books import journal
from ordergraph.books.process import Difference, DifferenceKind
from ordergraph.books.rules import AT_THE_GATEWAY
from ordergraph.infra.database import session
from ordergraph.kernel.actor import GATEWAY
from ordergraph.orders import paying
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.gateways.protocol import Standing
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from tests.books.audit import Bank, found, kinds, last, tamper
from tests.market import DAY, Market
from tests.states import cancel, fall_due, order_in, refund_in


@pytest.fixture
def bank(market: Market) -> Bank:
    return Bank(market)


@pytest.fixture
async def refunded(market: Market) -> Refund:
    """Given back by the sandbox itself."""
    refund = (await cancel(market, await market.place())).refund
    assert refund is not None
    await fall_due(market, refund)
    await market.cashier.send(refund.id)
    await refund.refresh_from_db()
    assert refund.status is RefundStatus.SUCCEEDED
    return refund


async def test_what_the_sandbox_did_is_what_we_have(
    market: Market, bank: Bank, refunded: Refund
) -> None:
    assert await found(market, bank) == []
    assert (await last()).journal_lines == 2
    assert refunded.settled_at


async def test_a_long_look_is_not_cut_off(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal of years is compared by statements that may take minutes."""
    kind = DifferenceKind.CAPTURE_MISSING
    late = "WITH late AS MATERIALIZED (SELECT pg_sleep(0.6)) SELECT found.* FROM late"

    @asynccontextmanager
    async def hasty() -> AsyncIterator[Any]:
        async with session() as connection:
            await connection.execute("SET statement_timeout = 300; SET transaction_timeout = 300")
            yield connection

    monkeypatch.setattr(journal, "session", hasty)
    monkeypatch.setattr(
        journal, "AT_THE_GATEWAY", {kind: f"{late}, ({AT_THE_GATEWAY[kind]}) AS found"}
    )
    await market.place()
    await tamper("DELETE FROM sandbox_journal")

    assert await kinds(market) == {kind.value}


async def test_a_capture_that_the_gateway_does_not_have_is_found(market: Market) -> None:
    order = await market.place()
    await tamper("DELETE FROM sandbox_journal")

    (difference,) = await found(market)

    assert (difference.kind, difference.order) == ("CAPTURE_MISSING", order.number)
    assert (difference.expected, difference.found) == ("84.70 EUR", "nothing")


async def test_a_refund_that_the_gateway_does_not_have_is_found(
    market: Market, refunded: Refund
) -> None:
    order = await Order.get(id=refunded.order_id)
    await tamper("DELETE FROM sandbox_journal WHERE kind = 'REFUND'")

    (difference,) = await found(market)

    assert (difference.kind, difference.order) == ("REFUND_MISSING", order.number)
    assert difference.subject == str(refunded.id)


@pytest.mark.parametrize("kind", ["CAPTURE", "REFUND"])
async def test_what_the_gateway_did_without_us_is_found(
    market: Market, bank: Bank, kind: str
) -> None:
    await market.place()
    bank.write(kind, None, 500, gateway_reference="theirs")
    bank.write(kind, uuid4(), 700)

    differences = await found(market, bank)

    assert {d.kind for d in differences} == {f"{kind}_UNKNOWN"}
    assert {(d.order, d.found) for d in differences} == {(None, "5.00 EUR"), (None, "7.00 EUR")}
    assert all("no order of ours" in str(difference) for difference in differences)


async def test_what_was_given_back_of_our_payment_without_us_names_the_order(
    market: Market, bank: Bank
) -> None:
    """Somebody did it at the provider itself: what we have promised of it can still be called off."""
    order = await market.place()
    await market.place()
    payment = await Payment.get(order_id=order.id)
    bank.write("REFUND", None, 500, payment=payment.gateway_reference)

    (difference,) = await found(market, bank)

    assert (difference.kind, difference.order) == ("REFUND_UNKNOWN", order.number)
    assert (difference.subject, difference.found) == ("more-0", "5.00 EUR")


@pytest.mark.parametrize(
    "status", [RefundStatus.SCHEDULED, RefundStatus.REQUIRES_ACTION, RefundStatus.CANCELED]
)
async def test_a_refund_paid_that_we_do_not_call_sent_is_found(
    market: Market, bank: Bank, status: RefundStatus
) -> None:
    refund = await refund_in(market, status)
    bank.write("REFUND", refund.id, refund.amount_minor)

    differences = [d for d in await found(market, bank) if d.kind == "REFUND_UNKNOWN"]

    (difference,) = differences
    assert status in difference.subject
    assert difference.order == (await Order.get(id=refund.order_id)).number


async def test_a_capture_for_an_order_that_was_given_up_is_found(
    market: Market, bank: Bank
) -> None:
    """Until then it is no difference: the next look finds it, and gives it back."""
    order = await order_in(market, OrderStatus.EXPIRED)
    payment = await Payment.get(order_id=order.id)
    market.clock.advance(15 * DAY)
    bank.write("CAPTURE", payment.id, payment.amount_minor)
    assert await found(market, bank) == []

    async with market.edge.transaction(GATEWAY) as tx:
        await paying.looked_for_payment(tx, order.id, found=False)

    assert await kinds(market, bank) == {"CAPTURE_UNKNOWN"}


async def test_what_is_in_flight_may_be_either(market: Market, bank: Bank) -> None:
    refund = await refund_in(market, RefundStatus.PROCESSING)
    unpaid = await Payment.get(order_id=(await market.place(paid=False)).id)
    assert await found(market, bank) == []

    bank.write("REFUND", refund.id, refund.amount_minor)
    bank.write("CAPTURE", unpaid.id, unpaid.amount_minor)

    assert await found(market, bank) == []


async def test_a_refund_paid_twice_is_found(market: Market, bank: Bank, refunded: Refund) -> None:
    bank.write("REFUND", refunded.id, refunded.amount_minor)

    (difference,) = await found(market, bank)

    assert (difference.kind, difference.expected, difference.found) == ("REFUND_TWICE", "1", "2")


async def test_a_payment_captured_twice_is_found(market: Market, bank: Bank) -> None:
    payment = await Payment.get(order_id=(await market.place()).id)
    bank.write("CAPTURE", payment.id, payment.captured_minor)

    assert await kinds(market, bank) == {"CAPTURE_TWICE"}


@pytest.mark.parametrize(
    "change", ["amount_minor = amount_minor - 1", "currency = 'USD'"], ids=["sum", "currency"]
)
@pytest.mark.parametrize("kind", ["CAPTURE", "REFUND"])
async def test_another_sum_is_found(
    market: Market, refunded: Refund, kind: str, change: str
) -> None:
    assert refunded.amount_minor
    await tamper(f"UPDATE sandbox_journal SET {change} WHERE kind = $1", kind)

    assert await kinds(market) == {f"{kind}_AMOUNT"}


async def test_of_lines_about_one_refund_the_last_one_holds(
    market: Market, bank: Bank, refunded: Refund
) -> None:
    """It was paid, and failed afterwards: no money moved."""
    bank.write(
        "REFUND",
        refunded.id,
        refunded.amount_minor,
        gateway_reference=refunded.gateway_reference,
        standing=Standing.FAILED,
    )

    assert await kinds(market, bank) == {"REFUND_MISSING"}


async def test_a_try_that_failed_is_no_payment(
    market: Market, bank: Bank, refunded: Refund
) -> None:
    """Declined under the first key, paid under the second."""
    bank.write("REFUND", refunded.id, refunded.amount_minor, standing=Standing.FAILED)

    assert await found(market, bank) == []


async def test_what_is_there_a_moment_later_was_never_missing(market: Market, bank: Bank) -> None:
    await market.place()
    bank.hidden = 1

    assert await found(market, bank) == []
    assert len(bank.asked_since) == 2


async def test_what_is_missing_twice_is_missing(market: Market, bank: Bank) -> None:
    await market.place()
    bank.hidden = 2

    assert await kinds(market, bank) == {"CAPTURE_MISSING"}


async def test_payments_of_another_gateway_are_not_looked_for(market: Market) -> None:
    await market.place()
    await tamper("UPDATE payments SET gateway = 'bank'")
    await tamper("DELETE FROM sandbox_journal")

    assert await found(market) == []


async def test_the_journal_is_read_from_when_what_settled_lately_began(
    market: Market, bank: Bank, refunded: Refund
) -> None:
    """The gateway may have acted long before we learned of it."""
    assert refunded.settled_at
    since = refunded.settled_at - timedelta(hours=1)

    assert await found(market, bank, since=since) == []

    assert bank.asked_since == [market.clock.at - 7 * DAY - journal.SKEW]


async def test_a_journal_of_many_lines_is_read_in_batches(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BATCH", 2)
    for _ in range(5):
        await market.place()

    differences: list[Difference] = await found(market)

    assert differences == []
    assert (await last()).journal_lines == 5
