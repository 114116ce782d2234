"""Mails: sending those that are due, and forgetting the old ones."""

import time

from ordergraph.notifications.mailing import forget
from workers.context import Ctx, wiring
from workers.single import MOST_S

BATCH = 1_000


async def send_mails(ctx: Ctx) -> int:
    """Send what is due, one after the other; a server that takes none is left alone until the next tick."""
    mailer = wiring(ctx).mailer
    sent, end = 0, time.monotonic() + MOST_S
    while mailer is not None and time.monotonic() < end and await mailer.send_one():
        sent += 1
    return sent


async def forget_mails(ctx: Ctx) -> int:
    """Forget mails of more than thirty days ago, batch after batch."""
    now, gone = await wiring(ctx).edge.clock.now(), 0
    while (batch := await forget(now, limit=BATCH)) == BATCH:
        gone += batch
    return gone + batch
