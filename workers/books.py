"""The books: whether everything still agrees."""

from dataclasses import replace
from datetime import timedelta

from workers.context import Ctx, wiring

LONGEST_S = 570  # what takes longer is given up, until the next time
GRACE_S = 30


async def reconcile_books(ctx: Ctx) -> int:
    """Compare everything that moved lately, when the last time is long enough ago."""
    given = wiring(ctx).settings
    auditor = replace(wiring(ctx).auditor, limit=timedelta(seconds=LONGEST_S))
    done = await auditor.reconcile_if_due(
        interval=timedelta(seconds=given.reconcile_interval_s),
        span=timedelta(seconds=given.reconcile_span_s),
    )
    return done.differences if done else 0
