"""What must hold in any market, however it came about; each check lists what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from uuid import UUID

from ordergraph.deadlines import DEADLINES, ERRANDS
from ordergraph.infra.chaining import BEGINNING, fingerprint
from ordergraph.infra.outbox import EventRow
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.ledger.process import COLUMNS, Account
from ordergraph.payments.models import Payment, SandboxEntry
from ordergraph.refunds.models import Refund, RefundLine
from ordergraph.refunds.process import RefundStatus


async def overdue(now: datetime) -> list[str]:
    """The clocks that should have fired by now."""
    return [due.name for due in (*DEADLINES, *ERRANDS) if await due.find(now, 1)]


async def broken_timelines() -> list[UUID]:
    """Orders whose events are not numbered without gaps, chained, and in the order of time."""
    rows = await EventRow.all().order_by("order_id", "position")
    chains = groupby(rows, key=lambda row: row.order_id)
    return [order_id for order_id, chain in chains if not _holds(list(chain))]


def _holds(chain: list[EventRow]) -> bool:
    before = BEGINNING
    for position, row in enumerate(chain, start=1):
        if row.position != position or row.hash != fingerprint(row, before):
            return False
        before = row.hash
    moments = [row.occurred_at for row in chain]
    return moments == sorted(moments)


async def unbalanced_payments() -> list[UUID]:
    """Payments that disagree with their refunds, or with the bank's own book."""
    promised, given = defaultdict[UUID, int](int), defaultdict[UUID, int](int)
    for refund in await Refund.all():
        done = refund.status is RefundStatus.SUCCEEDED
        (given if done else promised)[refund.payment_id] += refund.amount_minor
    banked: dict[str, dict[UUID, int]] = {
        kind: _sums(await SandboxEntry.filter(kind=kind)) for kind in ("CAPTURE", "REFUND")
    }
    return [
        payment.id
        for payment in await Payment.all()
        if (payment.refund_reserved_minor, payment.refunded_minor)
        != (promised[payment.id], given[payment.id])
        or payment.captured_minor != banked["CAPTURE"].get(payment.id, 0)
        or payment.refunded_minor != banked["REFUND"].get(payment.id, 0)
    ]


def _sums(entries: Iterable[SandboxEntry]) -> dict[UUID, int]:
    sums = defaultdict[UUID, int](int)
    for entry in entries:
        sums[entry.payment_reference] += entry.amount_minor
    return sums


async def unentered_payments() -> list[UUID]:
    """Payments that disagree with the ledger."""
    sums = defaultdict[UUID, Counter[Account]](Counter)
    for entry in await LedgerEntry.all():
        sums[entry.order_id][entry.account] += entry.amount_minor
    return [
        payment.id
        for payment in await Payment.all()
        if any(
            getattr(payment, column) != sign * sum(sums[payment.order_id][a] for a in accounts)
            for column, (sign, accounts) in COLUMNS.items()
        )
    ]


async def forgotten_payments() -> list[UUID]:
    """Orders that ended unpaid, and nobody looks, or looked, for money that may come."""
    ended = Order.filter(status__in=[OrderStatus.CANCELED, OrderStatus.EXPIRED], paid_at=None)
    left = await ended.filter(payment_look_at=None, payment_given_up_at=None).values_list(
        "id", flat=True
    )
    waited = Payment.filter(order_id__in=list(left), captured_at=None, decline_reason=None)
    return list(await waited.values_list("order_id", flat=True))


async def unequal_refunds() -> list[UUID]:
    """Refunds whose parts do not sum to them."""
    parts = defaultdict[UUID, int](int)
    for part in await RefundLine.all():
        parts[part.refund_id] += part.amount_minor
    return [
        refund.id
        for refund in await Refund.all()
        if parts[refund.id] + refund.shipping_minor + refund.adjustment_minor != refund.amount_minor
    ]


async def unequal_lines() -> list[UUID]:
    """Order lines that disagree with the parts of refunds that name them."""
    parts = defaultdict[UUID, int](int)
    for part in await RefundLine.all():
        parts[part.order_line_id] += part.amount_minor
    return [line.id for line in await OrderLine.all() if line.refunded_minor != parts[line.id]]


async def faults(now: datetime) -> dict[str, int]:
    """Everything that is wrong with the market, counted."""
    found = {
        "overdue": await overdue(now),
        "timelines": await broken_timelines(),
        "payments": await unbalanced_payments(),
        "ledger": await unentered_payments(),
        "forgotten": await forgotten_payments(),
        "refunds": await unequal_refunds(),
        "lines": await unequal_lines(),
    }
    return {what: len(wrong) for what, wrong in found.items() if wrong}
