"""Refunds: those that fell due, and those that want an attempt."""

from ordergraph.deadlines import named, named_errand, run_errands, sweep
from workers.context import Ctx, wiring


async def send_refunds(ctx: Ctx) -> int:
    """Hand over what fell due, then make the attempts that are due."""
    await sweep(wiring(ctx).edge, named("refund.due"))
    return await run_errands(wiring(ctx).cashier, named_errand("refund.attempt"))
