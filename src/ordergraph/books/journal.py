"""Our books against the gateway's own journal.

The journal is read first and our books after it: whatever the gateway did, it did for a claim that
was committed before, so what is new in the meantime makes no difference of its own. What a refund
in flight comes to is not known yet, and may be either.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ordergraph.books.comparing import told
from ordergraph.books.process import Difference
from ordergraph.books.rules import AT_THE_GATEWAY, EARLIEST, MOVED, TABLES
from ordergraph.infra.database import session
from ordergraph.payments.gateways.protocol import JournalEntry, PaymentGateway

BATCH: Final = 1_000
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
SKEW: Final = timedelta(minutes=10)
"""By how much the gateway's clock may differ from ours."""
MOST_OF_A_KIND: Final = 1_000
"""So many differences of one kind say it all."""
LONGEST_LOOK_MS: Final = 600_000

COLUMNS: Final = (
    "kind", "reference", "gateway_reference", "amount_minor", "currency", "standing", "at", "payment",
)  # fmt: skip


async def look(gateway: PaymentGateway, since: datetime | None) -> tuple[int, list[Difference]]:
    """Read the journal and compare; return how many lines it had, and what is wrong.

    The lines go into a temporary table, so neither side has to fit into memory.
    """
    since = since or EVER
    async with session() as connection:
        try:
            await connection.execute(TABLES)
            await connection.execute("INSERT INTO scope VALUES ($1, $2)", gateway.name, since)
            begin = min(since, await connection.fetchval(EARLIEST) or since)
            lines = await _copy(connection, gateway.journal(max(begin - SKEW, EVER)))
            await connection.execute(MOVED)
            return lines, await _compare(connection)
        finally:
            await connection.execute("DROP TABLE IF EXISTS scope, tries, moved")


async def _copy(connection: Any, journal: AsyncIterator[JournalEntry]) -> int:
    """Nothing of ours is open while the gateway is read: no transaction, no lock."""
    lines, batch = 0, []
    async for entry in journal:
        batch.append(_record(entry))
        if len(batch) == BATCH:
            lines += await _flush(connection, batch)
    return lines + await _flush(connection, batch)


def _record(entry: JournalEntry) -> tuple[object, ...]:
    amount = entry.amount
    return (
        entry.kind,
        entry.reference,
        entry.gateway_reference,
        amount.minor,
        amount.currency,
        entry.standing.value,
        entry.at,
        entry.payment,
    )


async def _flush(connection: Any, batch: list[tuple[object, ...]]) -> int:
    count = len(batch)
    await connection.copy_records_to_table("tries", records=batch, columns=COLUMNS)
    batch.clear()
    return count


async def _compare(connection: Any) -> list[Difference]:
    found: list[Difference] = []
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(f"SET LOCAL statement_timeout = {LONGEST_LOOK_MS}")
        await connection.execute("SET LOCAL transaction_timeout = 0")  # one that runs: only off
        for kind, rule in AT_THE_GATEWAY.items():
            rows = await connection.fetch(f"{rule} LIMIT {MOST_OF_A_KIND}")
            ids = [row["order_id"] for row in rows]
            numbers: dict[UUID, str] = dict(
                await connection.fetch("SELECT id, number FROM orders WHERE id = ANY($1)", ids)
            )
            found += told(kind, rows, numbers)
    return found
