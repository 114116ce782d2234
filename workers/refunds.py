"""Refunds: those that fell due, and those that want an attempt."""

from ordergraph.deadlines import BATCH, named, named_errand, run_errands, sweep
from workers.context import Ctx, wiring

MOST_ROUNDS = 10  # then others have their turn, until the next tick


async def send_refunds(ctx: Ctx) -> int:
    """Hand over what fell due, then make the attempts that are due."""
    await sweep(wiring(ctx).edge, named("refund.due"))
    made = 0
    for _ in range(MOST_ROUNDS):
        made += (found := await run_errands(wiring(ctx).cashier, named_errand("refund.attempt")))
        if found < BATCH:
            break
    return made
