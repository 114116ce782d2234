"""Reading payments. They are reached through their order, never on their own."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.kernel.money import Money
from ordergraph.payments.models import Payment

CREDIT: Final = """
SELECT currency, -sum(amount_minor)::bigint AS minor FROM ledger_entries
WHERE account = 'STORE_CREDIT' AND party_id = $1 GROUP BY currency ORDER BY currency"""

REFUNDED: Final = "part.refunded_minor"
REFUNDABLE: Final = "part.captured_minor - part.refund_reserved_minor - part.refunded_minor"
"""Both in minor units, as Payment says them, of a payment that is called `part`."""


async def of_orders(order_ids: Collection[UUID]) -> dict[UUID, Payment]:
    """The payment of each order; who may see it is decided by the order."""
    rows = await Payment.filter(order_id__in=list(order_ids))
    return {row.order_id: row for row in rows}


async def of_order(order_id: UUID) -> Payment:
    return await Payment.get(order_id=order_id)


async def store_credit(user_id: UUID) -> list[Money]:
    """What refunds have given this buyer as credit, by currency in the order of the alphabet."""
    rows = await connections.get("default").execute_query_dict(CREDIT, [user_id])
    return [Money(row["minor"], row["currency"]) for row in rows]
