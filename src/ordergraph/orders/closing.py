"""Saying that cancel windows are over, of many orders in one statement."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.orders.events import CancelWindowEnded
from ordergraph.orders.models import Order
from ordergraph.orders.process import ORDER, OrderAction

# The order is held, for its timeline goes on, and not written: a window that is over changes nothing
# of it. An order whose window somebody else ended meanwhile is held and found without one.
CLOSE: Final = """
WITH held AS MATERIALIZED (
    SELECT id FROM orders WHERE id = ANY($1) AND status = ANY($3) FOR NO KEY UPDATE SKIP LOCKED)
DELETE FROM open_windows WHERE order_id = ANY(ARRAY(SELECT id FROM held)) AND closes_at <= $2
RETURNING order_id"""


async def close_windows(tx: Tx, order_ids: Sequence[UUID]) -> list[UUID]:
    """Say that these windows are over; return which still stood open, and were held by nobody else.

    The rule itself looked at the clock all along.
    """
    starts, to = ORDER.ways(OrderAction.CLOSE_CANCEL_WINDOW, Role.SYSTEM)
    assert starts == [to], "the order stays as it is"
    rows = await connections.get("default").execute_query_dict(
        CLOSE, [list(order_ids), tx.now, starts]
    )
    over = [row["order_id"] for row in rows]
    for order_id in over:
        tx.emit(CancelWindowEnded(order_id=order_id), Role.SYSTEM)
    return over


async def close_window(tx: Tx, order: Order) -> None:
    """One alone."""
    await close_windows(tx, [order.id])
