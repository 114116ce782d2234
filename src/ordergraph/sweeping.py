"""Doing what has fallen due: row by row, or many at once where one statement does them all.

Several share a transaction. Where it fails, they are done once more, each in one of its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from ordergraph.due import BATCH, Deadline
from ordergraph.infra import dead_letters
from ordergraph.infra.database import Edge, Tx
from ordergraph.kernel.actor import SYSTEM

MANY: Final = 1_000
"""How many it takes where one statement does them all."""
LANES: Final = 2
"""How many of those transactions go on at once: the process writes events while Postgres is at the other."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Swept:
    """What one batch came to; `most`: how many it could have found."""

    most: int
    found: int = 0
    done: list[UUID] = field(default_factory=list)
    laid_aside: int = 0

    @property
    def is_the_last(self) -> bool:
        """Whether another batch now would find nothing new: what is left is locked, or in trouble."""
        over = len(self.done) + self.laid_aside
        return not over or over == self.found < self.most


async def sweep(edge: Edge, deadline: Deadline) -> int:
    """Do everything that fell due, batch after batch; return how much it was.

    Each row is a step of its own: one that fails rests for a while, and stands in nobody's way.
    """
    total = 0
    while True:
        swept = await sweep_batch(edge, deadline)
        total += len(swept.done)
        if swept.is_the_last:
            return total


async def sweep_batch(edge: Edge, deadline: Deadline) -> Swept:
    """One transaction over some rows; or, where one statement does many, a few transactions at once.

    Rows are found before they begin, and looked at again when they are locked: where nothing is due,
    there is no transaction.
    """
    now = await edge.clock.now()
    if deadline.together is None:
        return await _sweep_steps(edge, deadline, await deadline.find(now, BATCH))
    due = await deadline.find(now, LANES * MANY)
    lanes = [due[begin : begin + MANY] for begin in range(0, len(due), MANY)]
    swept = Swept(LANES * MANY, len(due))
    ended = await asyncio.gather(
        *(_sweep_lane(edge, deadline, lane) for lane in lanes), return_exceptions=True
    )
    for lane in ended:
        if isinstance(lane, BaseException):
            raise lane
        swept.done += lane.done
        swept.laid_aside += lane.laid_aside
    return swept


async def _sweep_lane(edge: Edge, deadline: Deadline, due: Sequence[UUID]) -> Swept:
    """All in one transaction; where that fails, some of them one by one."""
    try:
        return Swept(MANY, len(due), await _sweep_together(edge, deadline, due))
    except Exception as problem:  # noqa: BLE001  (whatever one row does, the others go on without it)
        _tell(deadline, problem)
    return await _sweep_one_by_one(edge, deadline, due[:BATCH])


async def _sweep_together(edge: Edge, deadline: Deadline, due: Sequence[UUID]) -> list[UUID]:
    assert deadline.together is not None, "there is a way to do many"
    async with edge.transaction(SYSTEM) as tx:
        done = list(await deadline.together(tx, due))
        await dead_letters.recovered(deadline.name, done, tx.now)
    return done


async def _sweep_steps(edge: Edge, deadline: Deadline, due: Sequence[UUID]) -> Swept:
    """Each row as a step of one transaction; where that fails as a whole, one by one.

    What a step does may be refused when all is committed, by a constraint that waits until then.
    """
    if not due:
        return Swept(BATCH)
    try:
        return await _sweep_in_one(edge, deadline, due)
    except Exception as problem:  # noqa: BLE001  (whatever one row does, the others go on without it)
        _tell(deadline, problem)
    return await _sweep_one_by_one(edge, deadline, due)


async def _sweep_in_one(edge: Edge, deadline: Deadline, due: Sequence[UUID]) -> Swept:
    swept = Swept(BATCH, len(due))
    async with edge.transaction(SYSTEM) as tx:
        for row_id in due:
            try:
                async with tx.step():
                    done = await _do(tx, deadline, row_id)
            except Exception as problem:  # noqa: BLE001  (whatever a row does, the others go on)
                await dead_letters.lay_aside(deadline.name, row_id, problem, tx.now)
                swept.laid_aside += 1
            else:
                swept.done += [row_id] * done
        await dead_letters.recovered(deadline.name, swept.done, tx.now)
    return swept


async def _sweep_one_by_one(edge: Edge, deadline: Deadline, due: Sequence[UUID]) -> Swept:
    """Each in a transaction of its own. Where not even a note can be made, the database is away."""
    swept = Swept(BATCH, len(due))
    for row_id in due:
        try:
            async with edge.transaction(SYSTEM) as tx:
                done = await _do(tx, deadline, row_id)
        except Exception as problem:  # noqa: BLE001  (whatever a row does, the others go on)
            now = await edge.clock.now()
            await dead_letters.lay_aside(deadline.name, row_id, problem, now)
            swept.laid_aside += 1
        else:
            swept.done += [row_id] * done
    await dead_letters.recovered(deadline.name, swept.done, await edge.clock.now())
    return swept


def _tell(deadline: Deadline, problem: Exception) -> None:
    log.info("sweep.one_by_one", work=deadline.name, problem=type(problem).__name__)


async def _do(tx: Tx, deadline: Deadline, row_id: UUID) -> bool:
    row = await deadline.hold(row_id)
    if row is None:
        return False
    still = deadline.waiting().filter(pk=row_id, **{f"{deadline.column}__lte": tx.now})
    if not await still.exists():
        return False
    await deadline.act(tx, row)
    return True
