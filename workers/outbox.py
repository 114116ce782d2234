"""The outbox: telling what happened."""

from ordergraph.reactions import SEND_WEBHOOKS
from ordergraph.telling import deliver
from workers.context import Ctx, wiring

BATCH = 200


async def deliver_outbox(ctx: Ctx) -> int:
    """Tell what waits, batch after batch; and ring for whoever sends out what came of it."""
    parts, told = wiring(ctx), 0
    hub, clock, marks = parts.hub, parts.edge.clock, parts.marks
    while (batch := await deliver(hub, clock, limit=BATCH, marks=marks)) == BATCH:
        told += batch
        parts.bell.ring(SEND_WEBHOOKS)
    if batch:
        parts.bell.ring(SEND_WEBHOOKS)
    return told + batch
