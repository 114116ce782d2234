"""Our own books against each other: ledger, payments, refunds, payouts, timelines; order by order.

Every rule looks at one order, so each batch of orders needs a snapshot of its own and no more: no
writer makes a false difference, nobody waits, and memory does not grow with the number of orders.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise import connections

from ordergraph.books import timelines
from ordergraph.books.process import Difference, DifferenceKind
from ordergraph.books.rules import RULES
from ordergraph.infra.database import snapshot
from ordergraph.kernel.money import Money

BATCH: Final = 1_000
FIRST: Final = UUID(int=0)
NEXT: Final = "SELECT id, number FROM orders WHERE id > $1 ORDER BY id LIMIT $2"
TOUCHED: Final = """
SELECT id, number FROM orders WHERE id = ANY($1) AND (
    EXISTS (SELECT FROM events WHERE order_id = orders.id AND occurred_at >= $2)
    OR EXISTS (SELECT FROM ledger_entries WHERE order_id = orders.id AND at >= $2))"""

Row = Mapping[str, Any]
Numbers = Mapping[UUID, str]
"""The orders of a batch, each with its number for people."""


@dataclass(frozen=True, slots=True)
class Looked:
    """At how many orders, and what was wrong with them."""

    orders: int
    found: Sequence[Difference]


async def batches(since: datetime | None) -> AsyncIterator[Looked]:
    """Look at every order, or at those that something happened to since then."""
    last = FIRST
    while True:
        async with snapshot():
            rows = await _query(NEXT, last, BATCH)
            if not rows:
                return
            last = rows[-1]["id"]
            if since is not None:
                rows = await _query(TOUCHED, [row["id"] for row in rows], since)
            looked = await _look({row["id"]: row["number"] for row in rows})
        yield looked


async def _look(numbers: Numbers) -> Looked:
    found = [
        difference
        for kind, rule in RULES.items()
        for difference in told(kind, await _query(rule, list(numbers)), numbers)
    ]
    return Looked(len(numbers), found + await timelines.broken(numbers))


def told(
    kind: DifferenceKind, rows: Iterable[Row], numbers: Mapping[UUID, str]
) -> list[Difference]:
    """Put what a rule found into words."""
    return [
        Difference(
            kind=kind,
            order=numbers.get(row["order_id"]),
            order_id=str(row["order_id"]) if row["order_id"] else None,
            subject=row["subject"] or "nothing of ours",
            expected=_amount(row["expected"], row["currency"]),
            found=_amount(row["found"], row["currency"]),
        )
        for row in rows
    ]


def _amount(value: int | None, currency: str | None) -> str:
    if value is None:
        return "nothing"
    return str(Money(int(value), currency)) if currency else str(value)


async def _query(sql: str, *values: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(
        sql, list(values)
    )
    return rows
