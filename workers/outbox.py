"""The outbox: telling what happened."""

from ordergraph.reactions import SEND_WEBHOOKS
from ordergraph.telling import deliver
from workers.context import Ctx, wiring

BATCH = 200


async def deliver_outbox(ctx: Ctx) -> int:
    """Tell what waits, batch after batch; and ring for whoever sends out what came of it."""
    hub, clock, told = wiring(ctx).hub, wiring(ctx).edge.clock, 0
    while (batch := await deliver(hub, clock, limit=BATCH)) == BATCH:
        told += batch
        wiring(ctx).bell.ring(SEND_WEBHOOKS)
    if batch:
        wiring(ctx).bell.ring(SEND_WEBHOOKS)
    return told + batch
