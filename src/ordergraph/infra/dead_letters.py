"""Work that fails again and again: it steps aside with growing pauses, and ends where people see it.

A row of work is named by what was to be done (`refund.due`, `outbox`, …) and the id of what it was
to be done to. Sweeps leave out what is resting or dead, so one bad row never stops the others.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from tortoise import connections, fields
from tortoise.exceptions import BaseORMException, IntegrityError
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from ordergraph.infra.fields import identity, text
from ordergraph.infra.model import Model
from ordergraph.kernel.ids import short

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""How long work rests after its first, second, … failure; after the last it is dead."""
SHORTEST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(minutes=1)
"""How long it rests after passing trouble at first, and at most; each time twice as long. What waits
when the trouble ends is tried so soon after that.
"""
KEPT: Final = timedelta(days=1)
"""For how long a note of passing trouble is kept after its rest: so long the row has had its turn."""

PASSING: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver says when a line breaks just then
    asyncpg.OperatorInterventionError,  # a server that shuts down, a statement out of time
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.IdleInTransactionSessionTimeoutError,  # we were frozen
    asyncpg.TransactionTimeoutError,
    asyncpg.LockNotAvailableError,
    OSError,
    TimeoutError,
)
"""Troubles of the surroundings: the next try is soon, and nobody counts them against the row."""

log = structlog.get_logger(__name__)


class DeadLetter(Model):
    """A row of work that failed. `retry_at` is null once it is dead: a person must look at it."""

    id: UUID = identity()
    work: str = text(64)
    row_id: UUID = fields.UUIDField()
    problem: str = text(200)
    failures: int = fields.IntField()  # 0: the trouble only passes, or a person brought it back
    first_failed_at: datetime = fields.DatetimeField()
    last_failed_at: datetime = fields.DatetimeField()
    retry_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "dead_letters"
        unique_together = (("work", "row_id"),)


def resting(work: str, now: datetime) -> QuerySet[DeadLetter]:
    """What is to be left alone for now; a sub-query."""
    return DeadLetter.filter(Q(retry_at=None) | Q(retry_at__gt=now), work=work)


IN_TROUBLE: Final = "SELECT row_id FROM dead_letters WHERE work = '{work}'"
"""For statements of our own: what rests, what has rested, and what is dead."""


def dead() -> QuerySet[DeadLetter]:
    """What nothing but a person brings back."""
    return DeadLetter.filter(retry_at=None)


def is_passing(problem: BaseException) -> bool:
    """Whether the row is not to blame; Tortoise wraps some of asyncpg's errors."""
    if isinstance(problem, BaseORMException) and not isinstance(problem, IntegrityError):
        cause = problem.__cause__ or (problem.args[0] if problem.args else None)
        return isinstance(cause, PASSING)
    return isinstance(problem, PASSING)


async def failed(work: str, row_id: UUID, problem: Exception, now: datetime) -> bool:
    """Note one more failure of this row, unless it was only passing trouble; say whether it rests now.

    The note holds the kind of the problem and no text of it, which could quote people's data.
    """
    log.error("work.failed", work=work, row=short(row_id), exc_info=problem)
    if is_passing(problem):
        return False
    rows = await connections.get("default").execute_query_dict(
        NOTE, [work, row_id, type(problem).__name__[:200], now, list(PAUSES)]
    )
    if rows[0]["retry_at"] is None:
        log.error("work.dead", work=work, row=short(row_id), failures=rows[0]["failures"])
    return True


# One statement, so that two workers that fail at once count two failures. An array's element out
# of its bounds is NULL: after the last pause there is no next time.
NOTE: Final = """
INSERT INTO dead_letters AS d (id, work, row_id, problem, failures, first_failed_at, last_failed_at, retry_at)
VALUES (gen_random_uuid(), $1, $2, $3, 1, $4, $4, $4::timestamptz + ($5::interval[])[1])
ON CONFLICT (work, row_id) DO UPDATE SET
    problem = excluded.problem, failures = d.failures + 1, last_failed_at = excluded.last_failed_at,
    retry_at = excluded.last_failed_at + ($5::interval[])[d.failures + 1]
RETURNING failures, retry_at"""


async def lay_aside(work: str, row_id: UUID, problem: Exception, now: datetime) -> None:
    """Let this row rest after any trouble, so that others get their turn.

    Passing trouble is not counted against it, however often it comes, and its rests stay short.
    """
    if not await failed(work, row_id, problem, now):
        given = [work, row_id, type(problem).__name__[:200], now, SHORTEST, LONGEST]
        await connections.get("default").execute_query(PUT_OFF, given)


# How long the last rest was, the note says itself. What is dead, or rests for longer, goes on to.
PUT_OFF: Final = """
INSERT INTO dead_letters AS d (id, work, row_id, problem, failures, first_failed_at, last_failed_at, retry_at)
VALUES (gen_random_uuid(), $1, $2, $3, 0, $4, $4, $4::timestamptz + $5::interval)
ON CONFLICT (work, row_id) DO UPDATE SET
    problem = excluded.problem, last_failed_at = excluded.last_failed_at,
    retry_at = greatest(d.retry_at, excluded.last_failed_at
        + least(greatest((d.retry_at - d.last_failed_at) * 2, $5), $6::interval))
WHERE d.retry_at IS NOT NULL"""


async def recovered(work: str, row_ids: Collection[UUID], now: datetime) -> None:
    """Forget earlier failures of rows that are done now.

    And passing trouble of others that is long over: who had it may have been done otherwise.
    """
    if row_ids:
        given = [work, list(row_ids), now - KEPT]
        await connections.get("default").execute_query(RECOVERED, given)


RECOVERED: Final = """
DELETE FROM dead_letters WHERE work = $1 AND (row_id = ANY($2) OR failures = 0 AND retry_at < $3)"""


async def revive(letter_id: UUID, now: datetime) -> DeadLetter | None:
    """Let it be tried again now, with all its pauses before it; None when there is none."""
    letter = await DeadLetter.select_for_update().get_or_none(id=letter_id)
    if letter is not None:
        letter.failures, letter.retry_at = 0, now
        await letter.save(update_fields=["failures", "retry_at"])
    return letter
