"""The bank of the proof: it keeps its own book, pays whatever it is told, and watches who calls."""

import asyncio
import contextvars
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from tortoise import connections
from tortoise.backends.asyncpg.client import TransactionWrapper

from ordergraph.kernel.clock import FrozenClock
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    BadWebhook,
    Capture,
    CaptureReceipt,
    Declined,
    JournalEntry,
    RateLimited,
    RefundOrder,
    RefundReceipt,
    Standing,
    WebhookEvent,
)
from ordergraph.refunds.models import RefundAttempt

T = TypeVar("T")
BUSY_FOR: Final = timedelta(milliseconds=1)  # callers wait in earnest, whatever the clock says
MEMORY: Final = timedelta(hours=24)
"""For how long real providers know a key again."""


class Mood(StrEnum):
    """What becomes of the next call."""

    WELL = "well"
    LOST = "lost: it happens, but the answer is lost"
    CUT = "cut: nothing happens, and nobody knows"
    DECLINED = "declined, definitely"
    PENDING = "taken, and settled later"
    BUSY = "asked too often: nothing happens, and everybody knows"


class BankIsAway(ConnectionError):
    """The line broke: it may or may not have happened."""


@dataclass
class Paid:
    """One line of the book: money that left, or (PENDING) is about to."""

    order: RefundOrder
    standing: Standing
    at: datetime

    @property
    def is_money(self) -> bool:
        return self.standing is not Standing.FAILED


@dataclass
class Bank:
    """It knows a key again for a day; a fresh key is a fresh payment, however much was paid before."""

    clock: FrozenClock
    name: str = "sandbox"
    real_money: bool = False
    moods: deque[Mood] = field(default_factory=deque)
    captures: dict[UUID, CaptureReceipt] = field(default_factory=dict)
    book: list[Paid] = field(default_factory=list)
    known: dict[str, Paid | None] = field(default_factory=dict)
    """What each key led to; None: it was declined."""
    broken: list[str] = field(default_factory=list)
    """What no caller may do, and one did."""
    outside: contextvars.Context = field(default_factory=contextvars.copy_context)
    """Outside any transaction: whoever looks from here sees only what is committed."""

    async def capture(self, capture: Capture) -> CaptureReceipt:
        self._outside_any_transaction("a capture")
        mood = self._next_mood()
        receipt = CaptureReceipt(f"taken-{capture.payment_reference}", capture.amount)
        receipt = self.captures.setdefault(capture.payment_reference, receipt)
        return _answer(mood, receipt)

    async def find_capture(
        self,
        payment_reference: UUID,
        until: datetime,  # noqa: ARG002  (the protocol's)
    ) -> CaptureReceipt | None:
        self._outside_any_transaction("a look at a capture")
        return _answer(self._next_mood(), self.captures.get(payment_reference))

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        self._outside_any_transaction("a refund")
        await self._is_announced(order)
        mood = self._next_mood(order.idempotency_key)
        if order.idempotency_key not in self.known:
            standing = Standing.PENDING if mood is Mood.PENDING else Standing.SUCCEEDED
            paid = Paid(order, standing, self.clock.at)
            self.book.append(paid)
            self.known[order.idempotency_key] = paid
        earlier = self.known[order.idempotency_key]
        if earlier is None:
            raise Declined("CARD_EXPIRED")
        if earlier.order != order:
            self.broken.append(f"{order.idempotency_key} came again with other terms")
        return _answer(mood, _receipt(earlier))

    async def find_refund(self, order: RefundOrder) -> RefundReceipt | None:
        self._outside_any_transaction("a look at a refund")
        mood = self._next_mood()
        of_it = [paid for paid in self.book if paid.order.reference == order.reference]
        counts = [
            paid
            for paid in of_it
            if paid.is_money or paid.order.idempotency_key == order.idempotency_key
        ]
        return _answer(mood, _receipt(counts[0]) if counts else None)

    async def remaining(self, order: RefundOrder) -> Money:
        self._outside_any_transaction("a look at what is left")
        back = sum(
            paid.order.amount.minor
            for paid in self.book
            if paid.is_money and paid.order.payment_reference == order.payment_reference
        )
        captured = self.captures[order.payment_reference].amount
        return _answer(self._next_mood(), captured - Money(back, captured.currency))

    async def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        for reference, receipt in self.captures.items():
            yield JournalEntry(
                "CAPTURE", reference, receipt.gateway_reference, receipt.amount,
                Standing.SUCCEEDED, since,
            )  # fmt: skip
        for paid in self.book:
            if paid.at >= since:
                yield JournalEntry(
                    "REFUND", paid.order.reference, _receipt(paid).gateway_reference,
                    paid.order.amount, paid.standing, paid.at,
                )  # fmt: skip

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        raise BadWebhook(f"{len(body)} bytes and {len(headers)} headers of nobody")

    async def aclose(self) -> None:
        self.moods.clear()

    def settle(self, standing: Standing) -> None:
        """Whatever was pending is booked, or bounces."""
        for paid in self.book:
            if paid.standing is Standing.PENDING:
                paid.standing = standing

    def forget(self) -> None:
        """Keys of more than a day ago mean nothing any more."""
        old = self.clock.at - MEMORY
        recent = {p.order.idempotency_key for p in self.book if p.at > old}
        self.known = {key: paid for key, paid in self.known.items() if key in recent or not paid}

    def given(self, reference: UUID) -> list[Paid]:
        """What left the bank for this refund, or is about to."""
        return [p for p in self.book if p.order.reference == reference and p.is_money]

    def _outside_any_transaction(self, call: str) -> None:
        """M10. A law that is broken here would be taken for a lost answer, so it is noted."""
        if isinstance(connections.get("default"), TransactionWrapper):
            self.broken.append(f"{call} was made inside a transaction")

    async def _is_announced(self, order: RefundOrder) -> None:
        """A crash must leave a trace: the attempt is committed before its call."""
        asked = _attempt_is_written(order)
        if not await asyncio.create_task(asked, context=self.outside.copy()):
            self.broken.append(f"{order.idempotency_key} was sent before its claim was committed")

    def _next_mood(self, key: str | None = None) -> Mood:
        """Take the next mood; whatever keeps the effect from happening is raised here."""
        mood = self.moods.popleft() if self.moods else Mood.WELL
        if mood is Mood.CUT:
            raise BankIsAway("cut before the effect")
        if mood is Mood.BUSY:
            raise RateLimited(BUSY_FOR)
        if mood is Mood.DECLINED and key is not None:
            self.known.setdefault(key, None)
        return mood


async def _attempt_is_written(order: RefundOrder) -> bool:
    key = order.idempotency_key
    return await RefundAttempt.filter(refund_id=order.reference, idempotency_key=key).exists()


def _answer(mood: Mood, answer: T) -> T:
    if mood is Mood.LOST:
        raise BankIsAway("cut after the effect")
    return answer


def _receipt(paid: Paid) -> RefundReceipt:
    reference = paid.order.reference
    bank = f"BANK-{reference}" if paid.standing is Standing.SUCCEEDED else None
    failure = "ACCOUNT_CLOSED" if paid.standing is Standing.FAILED else None
    return RefundReceipt(paid.standing, f"given-{reference}", bank, failure)
