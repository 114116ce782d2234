"""The outbox: telling what happened."""

from ordergraph.telling import deliver
from workers.context import Ctx, wiring

BATCH = 200


async def deliver_outbox(ctx: Ctx) -> int:
    """Tell what waits, batch after batch."""
    told = 0
    while (batch := await deliver(wiring(ctx).hub, limit=BATCH)) == BATCH:
        told += batch
    return told + batch
