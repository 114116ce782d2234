"""Reading payments. They are reached through their order, never on their own."""

from collections.abc import Collection
from uuid import UUID

from ordergraph.payments.models import Payment


async def of_orders(order_ids: Collection[UUID]) -> dict[UUID, Payment]:
    """The payment of each order; who may see it is decided by the order."""
    rows = await Payment.filter(order_id__in=list(order_ids))
    return {row.order_id: row for row in rows}


async def of_order(order_id: UUID) -> Payment:
    return await Payment.get(order_id=order_id)
