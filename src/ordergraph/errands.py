"""Running the errands that have fallen due: what talks to the payment gateway."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from ordergraph.due import BATCH, Errand, Run
from ordergraph.infra import dead_letters
from ordergraph.kernel.ids import short
from ordergraph.payments.gateways.protocol import RateLimited
from ordergraph.refunds.sending import Cashier, Problems

log = structlog.get_logger(__name__)


async def run_errands(cashier: Cashier, errand: Errand) -> int:
    """Run what is due for one batch, a few at a time; return how many were found.

    One that fails, or gets no answer, rests for a while; the others go on. While the gateway wants
    to be left alone, nothing is begun: what is due stays due.
    """
    clock = cashier.edge.clock
    found = await errand.find(await clock.now(), BATCH)
    problems = await errand.run(cashier, found)
    if problems:
        await _note(errand, problems, await clock.now())  # it took its time to get no answer
    return 0 if cashier.is_paused else len(found)


async def _note(errand: Errand, problems: Problems, now: datetime) -> None:
    for row_id, problem in problems.items():
        if problem is not None:
            await _step_aside(errand, row_id, problem, now)
    done = [row_id for row_id, problem in problems.items() if problem is None]
    await dead_letters.recovered(errand.name, done, now)


async def _step_aside(errand: Errand, row_id: UUID, problem: Exception, now: datetime) -> None:
    """Note the trouble; where even that fails, the database is away, and the row not to blame."""
    try:
        await dead_letters.lay_aside(errand.name, row_id, problem, now)
    except Exception:
        log.exception("work.not_noted", work=errand.name, row=short(row_id))


def each(run: Callable[[Cashier, UUID], Awaitable[object]]) -> Run:
    """One after the other, a few at a time."""

    async def run_each(cashier: Cashier, row_ids: Sequence[UUID]) -> Problems:
        gate, problems = asyncio.Semaphore(cashier.at_once), Problems()

        async def run_one(row_id: UUID) -> None:
            async with gate:
                if cashier.is_paused:
                    return
                try:
                    await run(cashier, row_id)
                    problems[row_id] = None
                except RateLimited as busy:
                    cashier.pace.pause(busy.retry_after)  # the row is not to blame, and stays due
                except Exception as problem:  # noqa: BLE001  (whatever a row does, the others go on)
                    problems[row_id] = problem

        async with asyncio.TaskGroup() as group:
            for row_id in row_ids:
                group.create_task(run_one(row_id))
        return problems

    return run_each
