"""Which pieces of an order a dispute is about."""

from collections.abc import Mapping
from uuid import UUID

from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order
from ordergraph.payments import queries as payments
from ordergraph.refunds import queries as refunds


async def pieces(
    order: Order, picked: Mapping[UUID, int] | None, amount: Money
) -> Mapping[UUID, int]:
    """Check what was named; where nothing was, asking for all that is left means all pieces.

    Asking for a part without naming pieces is about no certain ones: none will count as returned.
    The caller holds the order's lock.
    """
    lines = (await orders.lines_of([order.id]))[order.id]
    there = {line.id: line.open_quantity for line in lines if line.open_quantity}
    if picked is None:
        left = await refunds.left_over(await payments.of_order(order.id))
        return there if amount == left else {}
    if not picked:
        raise InvalidInput(field="lines", problem="name at least one line, or leave lines out")
    for line_id, quantity in picked.items():
        if line_id not in there:
            raise InvalidInput(field="lines", problem="not a line that you have pieces of")
        if not 0 < quantity <= there[line_id]:
            raise InvalidInput(field="lines", problem=f"between 1 and {there[line_id]} pieces")
    return dict(picked)
