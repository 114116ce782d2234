"""Looking at the books in tests, and changing them past every guard."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph.books.actions import Auditor
from ordergraph.books.models import Reconciliation
from ordergraph.books.process import Difference
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    JournalEntry,
    PaymentGateway,
    Standing,
    Surroundings,
)
from ordergraph.payments.gateways.sandbox import Sandbox
from tests.market import NOON, Market

NOW = timedelta()


def auditor(market: Market, gateway: PaymentGateway | None = None) -> Auditor:
    return Auditor(market.edge, gateway or market.gateway, patience=NOW)


async def found(
    market: Market, gateway: PaymentGateway | None = None, since: datetime | None = None
) -> list[Difference]:
    """Everything that is wrong just now."""
    told: list[Difference] = []
    await auditor(market, gateway).reconcile(since, told.append)
    return told


async def kinds(market: Market, gateway: PaymentGateway | None = None) -> set[str]:
    return {difference.kind.value for difference in await found(market, gateway)}


async def tamper(sql: str, *values: object) -> None:
    """As a superuser who lets no trigger fire."""
    async with in_transaction():
        connection = connections.get("default")
        await connection.execute_script("SET LOCAL session_replication_role = replica")
        await connection.execute_query(sql, list(values))


async def last() -> Reconciliation:
    row = await Reconciliation.all().order_by("-at", "-id").first()
    assert row is not None
    return row


class Bank(Sandbox):
    """The sandbox, with more in its journal than it did, or less: a test says what."""

    def __init__(self, market: Market) -> None:
        super().__init__(Surroundings(market.clock))
        self.more: list[JournalEntry] = []
        self.hidden = 0
        """How many times the journal is read without its last line."""
        self.asked_since: list[datetime] = []

    async def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        self.asked_since.append(since)
        lines = [line async for line in super().journal(since)] + self.more
        if self.hidden:
            self.hidden -= 1
            lines = lines[:-1]
        for line in lines:
            yield line

    def write(self, kind: str, reference: UUID | None, minor: int, **other: Any) -> None:
        self.more.append(
            JournalEntry(
                kind=kind,
                reference=reference,
                gateway_reference=other.get("gateway_reference", f"more-{len(self.more)}"),
                amount=Money(minor, other.get("currency", "EUR")),
                standing=other.get("standing", Standing.SUCCEEDED),
                at=other.get("at", NOON + timedelta(days=30)),
                payment=other.get("payment"),
            )
        )
