"""Reading the ledger in tests: what each account of an order comes to."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from ordergraph.orders.models import Order
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.ledger.process import COLUMNS, Account
from ordergraph.payments.models import Payment


async def balances(order_id: UUID) -> Mapping[Account, int]:
    """The accounts that are not at zero."""
    sums = Counter[Account]()
    for entry in await LedgerEntry.filter(order_id=order_id):
        sums[entry.account] += entry.amount_minor
    return {account: minor for account, minor in sums.items() if minor}


async def columns(order_id: UUID) -> dict[str, int]:
    """A payment's columns."""
    payment = await Payment.get(order_id=order_id)
    return {column: getattr(payment, column) for column in COLUMNS}


async def entered(order_id: UUID) -> dict[str, int]:
    """The same columns, as the ledger has them."""
    found = await balances(order_id)
    return {
        column: sign * sum(found.get(account, 0) for account in accounts)
        for column, (sign, accounts) in COLUMNS.items()
    }


async def last_posting(order: Order) -> list[LedgerEntry]:
    """The entries of what was posted last, in the order of the table."""
    last = await LedgerEntry.filter(order_id=order.id).order_by("-id").first()
    assert last is not None
    return await LedgerEntry.filter(posting_id=last.posting_id).order_by("id")
