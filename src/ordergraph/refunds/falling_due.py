"""Handing over the refunds whose promised date has come, many in one statement."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.refunds.events import RefundFellDue
from ordergraph.refunds.process import REFUND, RefundAction

# Order and refund are held together, or the row is skipped; the conditions are asked again then.
HAND_OVER: Final = """
WITH held AS MATERIALIZED (
    SELECT r.id FROM refunds AS r JOIN orders AS o ON o.id = r.order_id
    WHERE r.id = ANY($1) AND r.status = ANY($2) AND r.due_at <= $4
    FOR NO KEY UPDATE OF o, r SKIP LOCKED)
UPDATE refunds AS r SET status = $3, next_attempt_at = $4, version = version + 1
FROM held WHERE r.id = held.id RETURNING r.id, r.order_id"""


async def hand_over(tx: Tx, refund_ids: Sequence[UUID]) -> list[UUID]:
    """Hand them over to be sent; return which were still waiting, and held by nobody else."""
    starts, to = REFUND.ways(RefundAction.DUE, Role.SYSTEM)
    rows = await connections.get("default").execute_query_dict(
        HAND_OVER, [list(refund_ids), starts, to, tx.now]
    )
    for row in rows:
        tx.emit(RefundFellDue(order_id=row["order_id"], refund_id=row["id"]), Role.SYSTEM)
    return [row["id"] for row in rows]
