"""The test clock: move time forward, and everything that fell due happens, each at its own time."""

from datetime import datetime, timedelta
from typing import Final

from ordergraph.deadlines import DEADLINES, ERRANDS
from ordergraph.due import BATCH
from ordergraph.errands import run_errands
from ordergraph.infra.clock import move_test_clock
from ordergraph.kernel.clock import Clock
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.refunds.sending import Cashier
from ordergraph.sweeping import sweep

FARTHEST: Final = timedelta(days=400)
MOST_STOPS: Final = 100_000
MOST_BATCHES: Final = 1_000


class TestClockRefused(Exception):
    """The clock of this installation cannot be moved."""

    __test__ = False  # its name begins like a test's


async def advance(cashier: Cashier, by: timedelta) -> datetime:
    """Move this database's clock by `by`, stopping at each deadline on the way; return the new time.

    Raises TestClockRefused where a gateway moves real money.
    """
    if cashier.gateway.real_money:
        raise TestClockRefused("the payment gateway moves real money; the clock stays as it is")
    if not timedelta() < by <= FARTHEST:
        raise InvalidInput(field="by", problem=f"more than nothing, at most {FARTHEST.days} days")
    clock = cashier.edge.clock
    now = await clock.now()
    target = now + by
    for _ in range(MOST_STOPS):
        await work_off(cashier)
        next_at = await soonest(after=now)
        if next_at is None or next_at > target:
            break
        await _move_to(clock, next_at)
        now = max(next_at, now)
    await _move_to(clock, target)
    await work_off(cashier)
    return await clock.now()


async def _move_to(clock: Clock, moment: datetime) -> None:
    missing = moment - await clock.now()
    if missing > timedelta():
        await move_test_clock(missing)


async def work_off(cashier: Cashier) -> None:
    """Do what is due now, and what that made due."""
    for deadline in DEADLINES:
        await sweep(cashier.edge, deadline)
    for errand in ERRANDS:
        for _ in range(MOST_BATCHES):
            if await run_errands(cashier, errand) < BATCH:
                break


async def soonest(after: datetime) -> datetime | None:
    """When the next thing of all happens by itself."""
    moments = [await due.soonest(after) for due in (*DEADLINES, *ERRANDS)]
    return min((moment for moment in moments if moment is not None), default=None)
