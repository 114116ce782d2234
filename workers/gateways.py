"""Gateways: what they told us is kept for as long as they might tell it again."""

from datetime import timedelta

from ordergraph.payments import actions as payments
from workers.context import Ctx, wiring

KEPT = timedelta(days=30)  # Stripe repeats for 3 days by itself, and on request for 30
BATCH = 1_000


async def forget_gateway_events(ctx: Ctx) -> int:
    """Forget the messages that are too old to be told again, batch after batch."""
    before = await wiring(ctx).edge.clock.now() - KEPT
    done = 0
    while (batch := await payments.forget_events(before, limit=BATCH)) == BATCH:
        done += batch
    return done + batch
