"""What waits for a moment: a column, and what to do when its time has come."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.infra.database import Tx
from ordergraph.infra.dead_letters import IN_TROUBLE
from ordergraph.infra.reading import rows
from ordergraph.refunds.sending import Cashier, Problems

BATCH: Final = 100
"""How many rows are done at a time that are done one by one."""
Together = Callable[[Tx, Sequence[UUID]], Awaitable[Sequence[UUID]]]
Run = Callable[[Cashier, Sequence[UUID]], Awaitable[Problems]]


# Two walks along a partial index: what is not due yet costs nothing, however much it is. The planner
# has to see the moment: else it takes a third of what waits for due, and might rather sort it.
# The second walk begins only where the first found too few. IS TRUE keeps it a walk, and no join.
FIND: Final = """
(SELECT {key} FROM ({waiting}) AS waiting
 WHERE {column} <= $1 AND {key} NOT IN ({in_trouble})
 ORDER BY {column} LIMIT {limit:d})
UNION ALL
(SELECT {key} FROM ({waiting}) AS waiting
 WHERE {column} <= $1 AND ({key} IN ({in_trouble} AND retry_at <= $1)) IS TRUE
 ORDER BY {column} LIMIT {limit:d})
LIMIT {limit:d}"""


@dataclass(frozen=True, slots=True)
class Due:
    """Who waits for a moment, and in which column it stands."""

    name: str
    waiting: Callable[[], QuerySet[Any]]
    column: str

    async def find(self, now: datetime, limit: int) -> list[UUID]:
        """The rows whose time has come, the longest overdue first, without those that rest.

        What was in trouble and has rested comes after all others: it has had its turn.
        """
        return [row[0] for row in await rows(statement(self, limit), now)]

    async def soonest(self, after: datetime) -> datetime | None:
        """When the next one falls due, later than `after`."""
        later = self.waiting().filter(**{f"{self.column}__gt": after})
        row = await later.order_by(self.column).first()
        moment: datetime | None = getattr(row, self.column) if row else None
        return moment


@cache
def statement(due: Due, limit: int) -> str:
    """What finds it: made once, for the ORM takes longer to make it than Postgres to answer."""
    waiting = due.waiting()
    key = waiting.model._meta.pk_attr  # noqa: SLF001  (the ORM has no other way)
    text = waiting.only(key, due.column).sql(params_inline=True)  # conditions are ours
    troubled = IN_TROUBLE.format(work=due.name)
    return FIND.format(key=key, waiting=text, column=due.column, in_trouble=troubled, limit=limit)


@dataclass(frozen=True, slots=True)
class Deadline(Due):
    """Done inside a transaction: `hold` locks the row, or skips it; `act` is the domain's move.

    `together` is both, for as many as there are: it returns which it did.
    """

    hold: Callable[[UUID], Awaitable[Any]]
    act: Callable[[Tx, Any], Awaitable[object]]
    together: Together | None = None


@dataclass(frozen=True, slots=True)
class Errand(Due):
    """Talks to the payment gateway, so it opens its own transactions around that.

    `run` says of each row that it began what went wrong with it, if something did.
    """

    run: Run
