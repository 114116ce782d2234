"""Attachments: what nobody attached in time is deleted."""

from workers.context import Ctx, wiring


async def discard_attachments(ctx: Ctx) -> int:
    """Delete what was uploaded, or announced, and never attached to anything."""
    return await wiring(ctx).keeper.discard_abandoned(wiring(ctx).edge)
