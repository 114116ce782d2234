"""Orders' clocks: cancel windows, late requests, shipping, delivery, protection, payment; and reminders."""

from ordergraph.deadlines import named as deadline
from ordergraph.deadlines import named_errand as errand
from ordergraph.errands import run_errands
from ordergraph.sweeping import sweep
from workers.context import Ctx, wiring


async def close_windows(ctx: Ctx) -> int:
    """End the cancel windows whose time is over."""
    return await sweep(wiring(ctx).edge, deadline("order.cancel_window"))


async def cancel_unshipped(ctx: Ctx) -> int:
    """Cancel what the seller never shipped."""
    return await sweep(wiring(ctx).edge, deadline("order.ship_by"))


async def grant_silence(ctx: Ctx) -> int:
    """Grant the late requests to cancel that the seller never answered."""
    return await sweep(wiring(ctx).edge, deadline("cancellation.response"))


async def presume_delivered(ctx: Ctx) -> int:
    """Count parcels as delivered that nobody heard of."""
    return await sweep(wiring(ctx).edge, deadline("order.presumed_delivered"))


async def complete_orders(ctx: Ctx) -> int:
    """Complete orders whose protection is over."""
    return await sweep(wiring(ctx).edge, deadline("order.protection_ends"))


async def remind(ctx: Ctx) -> int:
    """Remind of what runs out whom it waits for; of disputes, their own clocks do."""
    return await sweep(wiring(ctx).edge, deadline("reminder"))


async def expire_unpaid(ctx: Ctx) -> int:
    """Expire orders that nobody paid, after one more look at the gateway; look at what ended so, too."""
    cashier = wiring(ctx).cashier
    ended = await run_errands(cashier, errand("order.ended_unpaid"))
    return ended + await run_errands(cashier, errand("order.payment_due"))
