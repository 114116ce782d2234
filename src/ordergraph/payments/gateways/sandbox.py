"""A gateway that moves no money and keeps a strict journal of what it was told.

It commits on its own connection, outside any transaction of ours, as a bank would; it refuses to
give back more than was captured, and a known key with other parameters. Its mischief is ordered by
token (sandbox_tokens.py), and remembered in the journal, so that all processes meet the same.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

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
    Surroundings,
    UnusableGateway,
    WebhookEvent,
)
from ordergraph.payments.gateways.sandbox_book import (
    alike,
    given_back,
    happens,
    once,
    refund_manner,
    write,
)
from ordergraph.payments.gateways.sandbox_tokens import FINE, PENDING, Fault, Manner, behavior
from ordergraph.payments.models import SandboxEntry

MONEY: Final = ("CAPTURE", "REFUND", "FAILED")  # the other lines moved none
PAGE: Final = 1_000
BUSY_FOR: Final = timedelta(seconds=1)


class Sandbox:
    """Options, in seconds: `delay_s`, how long it waits after each effect before it answers (to
    test crashes there); `slow_s`, how long a slow token takes; `settle_s`, when what is pending is
    settled.
    """

    name = "sandbox"
    real_money = False

    def __init__(self, around: Surroundings) -> None:
        options = around.only("delay_s", "slow_s", "settle_s")
        self._clock = around.clock
        self._delay_s = _seconds(options, "delay_s", 0.0)
        self._slow_s = _seconds(options, "slow_s", 3.0)
        self._settles_after = timedelta(seconds=_seconds(options, "settle_s", 60.0))

    async def capture(self, capture: Capture) -> CaptureReceipt:
        entry = SandboxEntry(
            kind="CAPTURE",
            idempotency_key=capture.idempotency_key,
            reference=capture.payment_reference,
            payment_reference=capture.payment_reference,
            currency=capture.amount.currency,
            amount_minor=capture.amount.minor,
            token=capture.token,
        )
        return _captured(await self._answer(entry, behavior(capture.token).capture))

    async def find_capture(
        self,
        payment_reference: UUID,
        until: datetime,  # noqa: ARG002  (the protocol's: this book is read by reference)
    ) -> CaptureReceipt | None:
        entry = await SandboxEntry.get_or_none(kind="CAPTURE", payment_reference=payment_reference)
        return _captured(entry) if entry else None

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        entry = SandboxEntry(
            kind="REFUND",
            idempotency_key=order.idempotency_key,
            reference=order.reference,
            payment_reference=order.payment_reference,
            currency=order.amount.currency,
            amount_minor=order.amount.minor,
        )
        manner = await refund_manner(order.payment_reference)
        entry = await self._answer(entry, manner)
        return _refunded(entry, Standing.PENDING if manner.pending else Standing.SUCCEEDED)

    async def find_refund(self, order: RefundOrder) -> RefundReceipt | None:
        manner = await refund_manner(order.payment_reference)
        tries = SandboxEntry.filter(kind="REFUND", reference=order.reference).order_by("-nth")
        for entry in await tries:
            standing = await self._standing(entry, manner)
            if standing is not Standing.FAILED:
                return _refunded(entry, standing)
            if entry.idempotency_key == order.idempotency_key:
                return _refunded(entry, standing, manner.fails)
        return None

    async def remaining(self, order: RefundOrder) -> Money:
        captured = await SandboxEntry.get(kind="CAPTURE", payment_reference=order.payment_reference)
        if behavior(captured.token).refund.declined == "PAYMENT_DISPUTED":
            raise Declined("PAYMENT_DISPUTED")
        back = await given_back(order.payment_reference)
        return Money(captured.amount_minor - back, captured.currency)

    async def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        """What was pending and failed is told by a line of its own."""
        later = await self._pending_payments()
        lines = SandboxEntry.filter(created_at__gte=since).order_by("id")
        page = await lines.filter(kind__in=MONEY).limit(PAGE)
        while page:
            for entry in page:
                yield await self._line(entry, later.get(entry.payment_reference, FINE))
            page = await lines.filter(kind__in=MONEY, id__gt=page[-1].id).limit(PAGE)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:  # noqa: ARG002  (the protocol's)
        raise BadWebhook("the sandbox sends no webhooks")

    async def aclose(self) -> None:
        """Nothing to let go of: the journal's connections are the pool's."""

    async def _answer(self, entry: SandboxEntry, manner: Manner) -> SandboxEntry:
        """Do what is asked in this manner, or return what this key has done before."""
        entry.created_at = await self._clock.now()
        for call in range(manner.busy):
            if await happens(entry, f"busy{call}"):
                raise RateLimited(BUSY_FOR)
        if manner.fault is Fault.CUT and await happens(entry, "cut"):
            raise ConnectionResetError("the sandbox cut the line before the effect")
        written = await write(entry, manner)
        if written.kind == "DECLINED":
            raise Declined(written.code or "UNKNOWN")
        if manner.fault is Fault.LOST and await happens(entry, "lost"):
            raise ConnectionResetError("the sandbox cut the line after the effect")
        slow_s = self._slow_s if manner.fault is Fault.SLOW else 0.0
        await asyncio.sleep(self._delay_s + slow_s)
        return written

    async def _standing(self, entry: SandboxEntry, manner: Manner) -> Standing:
        """How far this refund has got by now; a failure is written down when it is first seen."""
        if not manner.pending:
            return Standing.SUCCEEDED
        if await self._clock.now() < entry.created_at + self._settles_after:
            return Standing.PENDING
        if manner.fails is None:
            return Standing.SUCCEEDED
        failure = alike(entry, kind="FAILED", key=f"{entry.idempotency_key}!failed")
        failure.code, failure.created_at = manner.fails, entry.created_at + self._settles_after
        await once(failure)
        return Standing.FAILED

    async def _pending_payments(self) -> dict[UUID, Manner]:
        """The payments whose refunds are settled later; what failed by now is written down."""
        captures = await SandboxEntry.filter(kind="CAPTURE", token__in=PENDING)
        found = {c.payment_reference: behavior(c.token).refund for c in captures}
        refunds = SandboxEntry.filter(kind="REFUND", payment_reference__in=list(found))
        for entry in await refunds:
            await self._standing(entry, found[entry.payment_reference])
        return found

    async def _line(self, entry: SandboxEntry, manner: Manner) -> JournalEntry:
        standing, of = Standing.SUCCEEDED, entry
        if entry.kind == "FAILED":
            of = await SandboxEntry.get(kind="REFUND", reference=entry.reference, nth=entry.nth)
            standing = Standing.FAILED
        elif entry.kind == "REFUND":
            now = await self._standing(entry, manner)
            standing = Standing.PENDING if now is Standing.FAILED else now
        return JournalEntry(
            kind="CAPTURE" if entry.kind == "CAPTURE" else "REFUND",
            reference=entry.reference,
            gateway_reference=f"sandbox-{of.id}",
            amount=Money(entry.amount_minor, entry.currency),
            standing=standing,
            at=entry.created_at,
        )


def _seconds(options: Mapping[str, str], name: str, default: float) -> float:
    try:
        seconds = float(options.get(name, default))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < timedelta.max.total_seconds():
        raise UnusableGateway(f"the sandbox's option {name!r} should be a number of seconds")
    return seconds


def _captured(entry: SandboxEntry) -> CaptureReceipt:
    return CaptureReceipt(f"sandbox-{entry.id}", Money(entry.amount_minor, entry.currency))


def _refunded(entry: SandboxEntry, standing: Standing, failure: str | None = None) -> RefundReceipt:
    booked = standing is Standing.SUCCEEDED
    bank_reference = f"SBX{entry.id.int % 10**12:012d}" if booked else None
    return RefundReceipt(standing, f"sandbox-{entry.id}", bank_reference, failure)
