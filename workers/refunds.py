"""Refunds: those whose clock has run out, and those that want an attempt."""

import time

from ordergraph.deadlines import named, named_errand
from ordergraph.due import BATCH
from ordergraph.errands import run_errands
from ordergraph.sweeping import sweep_batch
from workers.context import Ctx, wiring
from workers.single import MOST_S

CLOCKS = ("refund.hold_ends", "refund.action_due", "refund.due")


async def send_refunds(ctx: Ctx) -> int:
    """Hand over what fell due and make the attempts that are due, a batch of each in turn.

    So the first of ten thousand is sent at once, and the memory does not follow their number. A
    gateway that wants to be left alone for a moment is waited for.
    """
    edge, cashier = wiring(ctx).edge, wiring(ctx).cashier
    made, end = 0, time.monotonic() + MOST_S
    while time.monotonic() < end:
        swept = [await sweep_batch(edge, named(clock)) for clock in CLOCKS]
        made += (found := await run_errands(cashier, named_errand("refund.attempt")))
        if cashier.is_paused:
            await cashier.pace.rest(most_s=end - time.monotonic())
        elif found < BATCH and all(batch.is_the_last for batch in swept):
            break
    return made
