"""An order that is asked for again with its key: whatever the provider has forgotten, it is paid once."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.clock import FrozenClock
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.gateways.protocol import Capture, CaptureReceipt, Declined
from ordergraph.payments.models import Payment
from ordergraph.payments.process import PaymentDeclineReason
from tests.idempotency.deeds import BASKET, do
from tests.market import DAY, NOON, Market
from tests.scripted import Scripted

WINDOW = 3 * DAY
MEMORY = timedelta(hours=24)
"""For how long providers know a key again."""


@dataclass
class Forgetful(Scripted):
    """It knows a key for a day; after that the same key is another charge."""

    clock: FrozenClock = field(default_factory=lambda: FrozenClock(NOON))
    charges: list[tuple[UUID, datetime]] = field(default_factory=list)
    asked_until: list[datetime] = field(default_factory=list)

    async def capture(self, capture: Capture) -> CaptureReceipt:
        word = await self._begun("capture")
        known = [at for of, at in self.charges if of == capture.payment_reference]
        if not known or self.clock.at - known[-1] >= MEMORY:
            self.charges.append((capture.payment_reference, self.clock.at))
        receipt = CaptureReceipt("captured", capture.amount)
        self.captures.setdefault(capture.payment_reference, receipt)
        if word == "lost":
            raise ConnectionResetError("cut after the effect")
        return receipt

    async def find_capture(self, payment_reference: UUID, until: datetime) -> CaptureReceipt | None:
        self.asked_until.append(until)
        return await super().find_capture(payment_reference, until)


@pytest.fixture
async def shop(market: Market) -> tuple[Market, Forgetful]:
    """Orders wait for three days there, and the seller is known."""
    await market.place()
    async with market.edge.transaction(SYSTEM) as tx:
        changes = {"payment_window_s": int(WINDOW.total_seconds())}
        await marketplace.publish_changes(tx, changes)
    gateway = Forgetful(clock=market.clock)
    market.desk = replace(market.desk, cashier=replace(market.cashier, gateway=gateway))
    return market, gateway


async def test_a_repeat_a_day_later_finds_what_was_taken_and_takes_nothing_more(
    shop: tuple[Market, Forgetful],
) -> None:
    market, gateway = shop
    gateway.script.append("lost")
    first = await do(market, "orderPlace", BASKET, "a key")
    market.clock.advance(timedelta(hours=25))

    again = await do(market, "orderPlace", BASKET, "a key")

    assert (first["order"]["status"], again["order"]["status"]) == ("PENDING_PAYMENT", "PROCESSING")
    assert len(gateway.charges) == 1
    assert gateway.calls == ["capture", "find_capture"]
    assert gateway.asked_until == [NOON + WINDOW], "as long as it may have been asked for"


async def test_a_repeat_that_would_be_declined_now_does_not_end_what_is_paid(
    shop: tuple[Market, Forgetful],
) -> None:
    """The card has expired meanwhile; the first try had its money."""
    market, gateway = shop
    gateway.script.extend(["lost", "CARD_EXPIRED"])
    await do(market, "orderPlace", BASKET, "a key")
    market.clock.advance(timedelta(hours=25))

    again = await do(market, "orderPlace", BASKET, "a key")

    assert again["order"]["status"] == "PROCESSING"
    assert not await Payment.exists(decline_reason__isnull=False)


async def test_where_nothing_was_taken_the_repeat_takes_it(
    shop: tuple[Market, Forgetful],
) -> None:
    market, gateway = shop
    gateway.script.append("cut")
    await do(market, "orderPlace", BASKET, "a key")
    market.clock.advance(timedelta(hours=25))

    again = await do(market, "orderPlace", BASKET, "a key")

    assert again["order"]["status"] == "PROCESSING"
    assert len(gateway.charges) == 1
    assert gateway.calls == ["capture", "find_capture", "capture"]


@pytest.mark.parametrize(
    "problem", [ConnectionRefusedError(), Declined("UNKNOWN")], ids=["no answer", "a no"]
)
async def test_a_repeat_that_cannot_look_takes_nothing(
    shop: tuple[Market, Forgetful], problem: Exception
) -> None:
    """A no to a question is no no to the money: it must not end the order."""
    market, gateway = shop
    gateway.script.append("lost")
    await do(market, "orderPlace", BASKET, "a key")

    async def refuse() -> None:
        raise problem

    gateway.during = refuse
    again = await do(market, "orderPlace", BASKET, "a key")

    assert again["order"]["status"] == "PENDING_PAYMENT"
    assert gateway.calls == ["capture", "find_capture"]
    order = await Order.get(status=OrderStatus.PENDING_PAYMENT)
    assert (await Payment.get(order_id=order.id)).decline_reason is None


async def test_a_declined_repeat_is_a_decline_where_nothing_was_taken(
    shop: tuple[Market, Forgetful],
) -> None:
    market, gateway = shop
    gateway.script.extend(["cut", "CARD_EXPIRED"])
    await do(market, "orderPlace", BASKET, "a key")

    again = await do(market, "orderPlace", BASKET, "a key")

    assert again["__typename"] == "PaymentDeclinedError"
    payment = await Payment.get(decline_reason__isnull=False)
    assert payment.decline_reason is PaymentDeclineReason.CARD_EXPIRED
