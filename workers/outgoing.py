"""Webhooks out: sending what is due, and forgetting what is old."""

from ordergraph.outgoing.retention import forget
from workers.context import Ctx, wiring
from workers.single import MOST_S

BATCH = 1_000
MOST_ROUNDS = 50  # then others have their turn, until the next tick


async def send_webhooks(ctx: Ctx) -> int:
    """Send what is due, a bounded number at once; an endpoint that hangs holds up no other."""
    return await wiring(ctx).courier.deliver(most_s=MOST_S)


async def forget_webhooks(ctx: Ctx) -> int:
    """Forget deliveries of more than thirty days ago, deleted endpoints, and secrets that are over."""
    now = await wiring(ctx).edge.clock.now()
    gone = 0
    for _ in range(MOST_ROUNDS):
        gone += (found := await forget(now, limit=BATCH))
        if found < BATCH:
            break
    return gone
