"""Closing the cancel windows whose time is over, many in one statement."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.orders.events import CancelWindowEnded
from ordergraph.orders.process import ORDER, OrderAction

# Whoever waited for nobody found every row as it was when its lock was taken: Postgres asks the
# conditions again then. The states are those of the table of moves.
CLOSE: Final = """
WITH held AS MATERIALIZED (
    SELECT id FROM orders WHERE id = ANY($1) AND status = ANY($2) AND window_closed_at IS NULL
      AND cancelable_until <= $4 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE orders AS o SET status = $3, window_closed_at = $4, version = version + 1
FROM held WHERE o.id = held.id RETURNING o.id"""


async def close_windows(tx: Tx, order_ids: Sequence[UUID]) -> list[UUID]:
    """Say that these windows are over; return which were still open, and held by nobody else.

    The rule itself looked at the clock all along.
    """
    starts, to = ORDER.ways(OrderAction.CLOSE_CANCEL_WINDOW, Role.SYSTEM)
    rows = await connections.get("default").execute_query_dict(
        CLOSE, [list(order_ids), starts, to, tx.now]
    )
    for row in rows:
        tx.emit(CancelWindowEnded(order_id=row["id"]), Role.SYSTEM)
    return [row["id"] for row in rows]
