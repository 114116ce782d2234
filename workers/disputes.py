"""Disputes' clocks: answers, negotiation, returns, decisions."""

from ordergraph.deadlines import DEADLINES
from ordergraph.sweeping import sweep
from workers.context import Ctx, wiring


async def end_silence(ctx: Ctx) -> int:
    """Do what was announced for a side, or an operator, that stayed silent."""
    clocks = [deadline for deadline in DEADLINES if deadline.name.startswith("dispute.")]
    return sum([await sweep(wiring(ctx).edge, clock) for clock in clocks])
