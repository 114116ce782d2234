"""The outbox: telling what happened."""

from ordergraph.telling import deliver
from workers.context import Ctx, wiring

BATCH = 200


async def deliver_outbox(ctx: Ctx) -> int:
    """Tell what waits, batch after batch."""
    hub, clock, told = wiring(ctx).hub, wiring(ctx).edge.clock, 0
    while (batch := await deliver(hub, clock, limit=BATCH)) == BATCH:
        told += batch
    return told + batch
