"""A gateway that moves no money and keeps a strict journal of what it was told.

It commits on its own connection, outside any transaction of ours, as a bank would; it refuses to
give back more than was captured, and a known key with other parameters.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from uuid import UUID

from tortoise import connections
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from ordergraph.kernel.clock import Clock
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    BadWebhook,
    Capture,
    CaptureReceipt,
    Declined,
    JournalEntry,
    RefundOrder,
    RefundReceipt,
    Standing,
    WebhookEvent,
)
from ordergraph.payments.models import SandboxEntry


class Sandbox:
    """`delay_s`: how long it waits after the effect, before it answers (to test crashes there)."""

    name = "sandbox"
    real_money = False

    def __init__(self, *, clock: Clock, delay_s: float) -> None:
        self._clock = clock
        self._delay_s = delay_s

    async def capture(self, capture: Capture) -> CaptureReceipt:
        entry = SandboxEntry(
            kind="CAPTURE",
            idempotency_key=capture.idempotency_key,
            reference=capture.payment_reference,
            payment_reference=capture.payment_reference,
            currency=capture.amount.currency,
            amount_minor=capture.amount.minor,
        )
        return _captured(await self._journal(entry))

    async def find_capture(self, payment_reference: UUID) -> CaptureReceipt | None:
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
        return _refunded(await self._journal(entry))

    async def find_refund(self, order: RefundOrder) -> RefundReceipt | None:
        entry = await SandboxEntry.get_or_none(kind="REFUND", reference=order.reference)
        return _refunded(entry) if entry else None

    async def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        async for entry in SandboxEntry.filter(created_at__gte=since):
            yield JournalEntry(
                kind=entry.kind,
                reference=entry.reference,
                gateway_reference=f"sandbox-{entry.id}",
                amount=Money(entry.amount_minor, entry.currency),
                standing=Standing.SUCCEEDED,
                at=entry.created_at,
            )

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:  # noqa: ARG002  (the protocol's)
        raise BadWebhook("the sandbox sends no webhooks")

    async def aclose(self) -> None:
        """Nothing to let go of: the journal's connections are the pool's."""

    async def _journal(self, entry: SandboxEntry) -> SandboxEntry:
        """Write the entry, or return the one that this key has written before."""
        entry.created_at = await self._clock.now()
        try:
            async with in_transaction():
                if entry.kind == "REFUND":
                    await _cover(entry)
                await entry.save(force_create=True)
        except IntegrityError:
            entry = await _same(entry)
        await asyncio.sleep(self._delay_s)
        return entry


async def _cover(entry: SandboxEntry) -> None:
    """Refuse what would give back more than was captured; refunds of one payment queue up here."""
    captured = (
        await SandboxEntry.filter(kind="CAPTURE", payment_reference=entry.payment_reference)
        .select_for_update(no_key=True)
        .first()
    )
    rows = await connections.get("default").execute_query_dict(
        "SELECT coalesce(sum(amount_minor), 0)::bigint AS back FROM sandbox_journal"
        " WHERE kind = 'REFUND' AND payment_reference = $1 AND idempotency_key <> $2",
        [entry.payment_reference, entry.idempotency_key],
    )
    if captured is None or captured.currency != entry.currency:
        raise Declined("UNKNOWN")
    if rows[0]["back"] + entry.amount_minor > captured.amount_minor:
        raise Declined("INSUFFICIENT_FUNDS")


async def _same(entry: SandboxEntry) -> SandboxEntry:
    """Return the earlier entry of this key, if it says the same."""
    earlier = await SandboxEntry.get_or_none(idempotency_key=entry.idempotency_key)
    if earlier is None or _terms(earlier) != _terms(entry):
        raise Declined("UNKNOWN")
    return earlier


def _terms(entry: SandboxEntry) -> tuple[object, ...]:
    return (
        entry.kind,
        entry.reference,
        entry.payment_reference,
        entry.currency,
        entry.amount_minor,
    )


def _captured(entry: SandboxEntry) -> CaptureReceipt:
    return CaptureReceipt(f"sandbox-{entry.id}", Money(entry.amount_minor, entry.currency))


def _refunded(entry: SandboxEntry) -> RefundReceipt:
    digits = entry.id.int % 10**12
    return RefundReceipt(Standing.SUCCEEDED, f"sandbox-{entry.id}", f"SBX{digits:012d}")
