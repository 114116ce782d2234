"""Idempotency keys: the old ones are forgotten."""

from ordergraph.infra.idempotency import KEPT, forget
from workers.context import Ctx, wiring

BATCH = 1_000
MOST_ROUNDS = 20  # then others have their turn, until the next tick


async def forget_keys(ctx: Ctx) -> int:
    """Forget what nobody will ask for again, batch after batch."""
    now = await wiring(ctx).edge.clock.now()
    gone = 0
    for _ in range(MOST_ROUNDS):
        gone += (found := await forget(now - KEPT, limit=BATCH))
        if found < BATCH:
            break
    return gone
