"""The sandbox's book: how a line is written once, and what contradicts the lines before it."""

from uuid import UUID

from tortoise import connections
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from ordergraph.payments.gateways.protocol import Contradiction, Declined
from ordergraph.payments.gateways.sandbox_tokens import FINE, Manner, behavior
from ordergraph.payments.models import SandboxEntry


async def refund_manner(payment_reference: UUID) -> Manner:
    """How refunds of this payment go; of one that was never captured, only the truth is told."""
    capture = await SandboxEntry.get_or_none(kind="CAPTURE", payment_reference=payment_reference)
    return behavior(capture.token).refund if capture else FINE


async def write(entry: SandboxEntry, manner: Manner) -> SandboxEntry:
    """Write the entry, or its decline, or return what this key has written before."""
    key = entry.idempotency_key
    if manner.forgets_keys:
        entry.idempotency_key = f"{key}~{entry.id}"
    try:
        async with in_transaction():
            captured = await _hold(entry) if entry.kind == "REFUND" else None
            if earlier := await SandboxEntry.get_or_none(idempotency_key=entry.idempotency_key):
                return _same(entry, earlier)
            entry.code = await _decline(entry, manner, captured)
            if entry.code is not None:
                entry.kind = "DECLINED"
            elif entry.kind == "REFUND":
                entry.nth = await _try(entry, manner)
            await entry.save(force_create=True)
            return entry
    except IntegrityError:
        return _same(entry, await SandboxEntry.get_or_none(idempotency_key=entry.idempotency_key))
    finally:
        entry.idempotency_key = key


async def _hold(entry: SandboxEntry) -> SandboxEntry:
    """Lock the capture: refunds of one payment queue up here."""
    captured = (
        await SandboxEntry.filter(kind="CAPTURE", payment_reference=entry.payment_reference)
        .select_for_update(no_key=True)
        .first()
    )
    if captured is None or captured.currency != entry.currency:
        raise Declined("UNKNOWN")
    return captured


async def _decline(
    entry: SandboxEntry, manner: Manner, captured: SandboxEntry | None
) -> str | None:
    """Say why not, if so: the token's decline, or more than was captured."""
    if manner.declined is not None:
        before = SandboxEntry.filter(kind="DECLINED", reference=entry.reference)
        if not (manner.only_first and await before.exists()):
            return manner.declined
    if captured is None:
        return None
    over = await given_back(entry.payment_reference) + entry.amount_minor > captured.amount_minor
    return "INSUFFICIENT_FUNDS" if over else None


async def given_back(payment_reference: UUID) -> int:
    """How much of a payment went back, or is on its way, in minor units."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT coalesce(sum(CASE kind WHEN 'REFUND' THEN amount_minor ELSE -amount_minor END), 0)"
        "::bigint AS back FROM sandbox_journal"
        " WHERE kind IN ('REFUND', 'FAILED') AND payment_reference = $1",
        [payment_reference],
    )
    back: int = rows[0]["back"]
    return back


async def _try(entry: SandboxEntry, manner: Manner) -> int:
    """Number the tries: there is a next one only when the one before has failed.

    Where keys are forgotten nothing tells a repetition from another refund.
    """
    over = "REFUND" if manner.forgets_keys else "FAILED"
    return await SandboxEntry.filter(kind=over, reference=entry.reference).count()


def _same(entry: SandboxEntry, earlier: SandboxEntry | None) -> SandboxEntry:
    """Return the earlier entry of this key, if it says the same."""
    if earlier is None or _terms(earlier) != _terms(entry):
        raise Contradiction(f"{entry.idempotency_key} contradicts what the journal has")
    return earlier


def _terms(entry: SandboxEntry) -> tuple[object, ...]:
    return (
        entry.reference,
        entry.payment_reference,
        entry.currency,
        entry.amount_minor,
        entry.token,
    )


async def happens(entry: SandboxEntry, what: str) -> bool:
    """Whether this mischief happens to this key just now: each does once."""
    fault = alike(entry, kind="FAULT", key=f"{entry.idempotency_key}!{what}")
    fault.code, fault.created_at = what.upper(), entry.created_at
    return await once(fault)


async def once(line: SandboxEntry) -> bool:
    """Write a line unless its key is there; say whether it was written."""
    try:
        await line.save(force_create=True)
    except IntegrityError:
        return False
    return True


def alike(entry: SandboxEntry, *, kind: str, key: str) -> SandboxEntry:
    return SandboxEntry(
        kind=kind,
        idempotency_key=key,
        reference=entry.reference,
        payment_reference=entry.payment_reference,
        currency=entry.currency,
        amount_minor=entry.amount_minor,
        nth=entry.nth,
    )
