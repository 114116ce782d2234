"""Reading the books as a whole: for operators, and for those who watch the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tortoise import connections

from ordergraph.books.models import Reconciliation
from ordergraph.payments.ledger.process import HELD, Account

TOTALS: Final = """
SELECT currency, account, sum(amount_minor)::bigint AS minor
FROM ledger_entries GROUP BY currency, account ORDER BY currency"""
OVERDUE: Final = """
SELECT count(*) AS count, min(due_at) AS oldest FROM refunds
WHERE status IN ('SCHEDULED', 'ON_HOLD', 'PROCESSING', 'REQUIRES_ACTION') AND due_at < $1"""


@dataclass(frozen=True, slots=True)
class Totals:
    """Every account's balance in one currency; a debit is positive."""

    currency: str
    balances: dict[Account, int]

    @property
    def balanced(self) -> bool:
        return sum(self.balances.values()) == 0

    @property
    def escrow_minor(self) -> int:
        """What is held for sellers and buyers: taken in, borne by us, and neither given back nor paid out."""
        return -sum(self.balances.get(account, 0) for account in HELD)


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many refunds were not sent by the date that was promised, and since when the oldest is late."""

    count: int
    oldest: datetime | None


async def totals() -> Sequence[Totals]:
    """Sums over the whole ledger, by currency."""
    found: dict[str, dict[Account, int]] = {}
    for row in await _query(TOTALS):
        found.setdefault(row["currency"], {})[Account[row["account"]]] = row["minor"]
    return [Totals(currency, balances) for currency, balances in found.items()]


async def overdue(now: datetime) -> Overdue:
    """Refunds that somebody still waits for; one that is with the provider was sent."""
    (row,) = await _query(OVERDUE, now)
    return Overdue(row["count"], row["oldest"])


async def last() -> Reconciliation | None:
    """The last look at the books, however it ended."""
    return await Reconciliation.all().order_by("-at", "-id").first()


async def last_ended() -> Reconciliation | None:
    return await Reconciliation.filter(problem=None).order_by("-at", "-id").first()


async def _query(sql: str, *values: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(
        sql, list(values)
    )
    return rows
