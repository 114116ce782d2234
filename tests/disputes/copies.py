"""One dispute as often as a race needs it: making each by its deeds would take the time of the races."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise.models import Model
from uuid_utils.compat import uuid7

from ordergraph.disputes.models import Dispute, Offer
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments.models import Payment


async def copies(dispute: Dispute, count: int) -> list[Dispute]:
    """So many like it, each over an order of its own, with the same offers on the table."""
    order_id = dispute.order_id
    order = await Order.get(id=order_id)
    ids = [uuid7() for _ in range(count)]
    numbers = [f"RACE-{n:04}" for n in range(count)]
    orders = [_copy(order, id=i, number=n) for i, n in zip(ids, numbers, strict=True)]
    await Order.bulk_create(orders)
    for kind in (OrderLine, Payment):
        rows = await kind.filter(order_id=order_id)
        await kind.bulk_create(_each(rows, "order_id", ids))
    await Dispute.bulk_create(_each([dispute], "order_id", ids))
    found = await Dispute.filter(order_id__in=ids)
    offers = await Offer.filter(dispute_id=dispute.id)
    await Offer.bulk_create(_each(offers, "dispute_id", [row.id for row in found]))
    return found


def _each(rows: Sequence[Model], column: str, ids: Sequence[UUID]) -> list[Any]:
    return [_copy(row, id=uuid7(), **{column: owner}) for owner in ids for row in rows]


def _copy(row: Any, **other: Any) -> Any:
    columns = {name: getattr(row, name) for name in row._meta.db_fields}
    return type(row)(**(columns | other))
