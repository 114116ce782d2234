"""A payment gateway that does what a test tells it: a piece of the outside world."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    BadWebhook,
    Capture,
    CaptureReceipt,
    Contradiction,
    Declined,
    JournalEntry,
    RateLimited,
    RefundOrder,
    RefundReceipt,
    Standing,
    WebhookEvent,
)
from ordergraph.payments.models import Payment
from ordergraph.refunds.sending import Cashier
from tests.market import Market

T = TypeVar("T")
BUSY = timedelta(seconds=10)


async def nothing() -> None:
    """What happens during a call, unless a test wants something else."""


async def cut() -> None:
    """The call ends before anything has happened, and nobody knows."""
    raise ConnectionResetError("cut before anything")


@dataclass
class Scripted:
    """Each refund takes the next word of the script; without one it simply succeeds.

    lost     it happens, but the answer is lost      cut    nothing happens, and nobody knows
    pending  it is taken, and settled later          hang   nothing happens, and no answer comes
    busy     nothing happens: it was asked too often (HTTP 429)
    any other word is a decline of that code

    It goes by the name of the market's gateway, for it has its payments. `gone` is what somebody has
    given back there without us, in minor units, of each payment.
    """

    name: str = "sandbox"
    real_money: bool = False
    script: deque[str] = field(default_factory=deque)
    during: Callable[[], Awaitable[None]] = nothing
    captures: dict[UUID, CaptureReceipt] = field(default_factory=dict)
    sent: dict[str, RefundOrder] = field(default_factory=dict)
    standing: dict[UUID, Standing] = field(default_factory=dict)
    failures: dict[UUID, str] = field(default_factory=dict)
    gone: int = 0
    calls: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def capture(self, capture: Capture) -> CaptureReceipt:
        word = await self._begun("capture")
        receipt = CaptureReceipt("captured", capture.amount)
        receipt = self.captures.setdefault(capture.payment_reference, receipt)
        return _unless_lost(word, receipt)

    async def find_capture(
        self,
        payment_reference: UUID,
        until: datetime,  # noqa: ARG002  (the protocol's)
    ) -> CaptureReceipt | None:
        await self._asked("find_capture")
        return self.captures.get(payment_reference)

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        word = await self._begun(f"refund {order.idempotency_key}")
        if self.sent.setdefault(order.idempotency_key, order) != order:
            raise Contradiction(order.idempotency_key)
        standing = Standing.PENDING if word == "pending" else Standing.SUCCEEDED
        self.standing.setdefault(order.reference, standing)
        return _unless_lost(word, self._receipt(order.reference))

    async def find_refund(self, order: RefundOrder) -> RefundReceipt | None:
        await self._asked("find_refund")
        known = order.reference in self.standing
        return self._receipt(order.reference) if known else None

    async def remaining(self, order: RefundOrder) -> Money:
        await self._begun(f"remaining {order.payment_reference}")
        payment = await Payment.get(id=order.payment_reference)
        back = sum(
            sent.amount.minor
            for sent in self.sent.values()
            if sent.payment_reference == payment.id
            and self.standing[sent.reference] is not Standing.FAILED
        )
        return Money(payment.captured_minor - back - self.gone, payment.currency)

    async def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        for order in self.sent.values():
            reference = order.reference
            yield JournalEntry(
                "REFUND", reference, f"given-{reference}", order.amount,
                self.standing[reference], since,
            )  # fmt: skip

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        raise BadWebhook(f"{len(body)} bytes and {len(headers)} headers of nobody")

    async def aclose(self) -> None:
        self.calls.append("aclose")

    def settle(self) -> None:
        """What was pending has been booked."""
        self.standing = dict.fromkeys(self.standing, Standing.SUCCEEDED)

    def fail(self, reference: UUID, code: str) -> None:
        """What was pending turned out to be impossible."""
        self.standing[reference], self.failures[reference] = Standing.FAILED, code

    async def _asked(self, call: str) -> None:
        self.calls.append(call)
        self.called.set()
        await self.during()

    async def _begun(self, call: str) -> str:
        """Take the next word; whatever keeps the effect from happening is raised here."""
        await self._asked(call)
        word = self.script.popleft() if self.script else ""
        if word == "hang":
            await asyncio.Event().wait()
        if word == "cut":
            raise ConnectionResetError("cut before the effect")
        if word == "busy":
            raise RateLimited(BUSY)
        if word not in {"", "lost", "pending"}:
            raise Declined(word)
        return word

    def _receipt(self, reference: UUID) -> RefundReceipt:
        standing = self.standing[reference]
        bank = f"BANK-{reference}" if standing is Standing.SUCCEEDED else None
        return RefundReceipt(standing, f"given-{reference}", bank, self.failures.get(reference))


def _unless_lost(word: str, receipt: T) -> T:
    if word == "lost":
        raise ConnectionResetError("cut after the effect")
    return receipt


def cashier(market: Market, *script: str, timeout_s: float = 2.0) -> tuple[Cashier, Scripted]:
    """A cashier of this market with a scripted gateway, and the gateway."""
    gateway = Scripted(script=deque(script))
    teller = Cashier(
        market.edge, gateway, timeout=timedelta(seconds=timeout_s), lease=timedelta(seconds=30)
    )
    return teller, gateway
