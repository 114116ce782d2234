"""The outbox: telling what happened."""

from ordergraph.infra.outbox import deliver
from ordergraph.telling import tell_everyone
from workers.context import Ctx, wiring

BATCH = 200


async def deliver_outbox(ctx: Ctx) -> int:
    """Tell what waits, batch after batch."""
    told = 0
    while (batch := await deliver(tell_everyone(wiring(ctx).hub), limit=BATCH)) == BATCH:
        told += batch
    return told + batch
