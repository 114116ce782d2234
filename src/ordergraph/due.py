"""What waits for a moment: a column, and what to do when its time has come."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from ordergraph.infra import dead_letters
from ordergraph.infra.database import Tx
from ordergraph.refunds.sending import Cashier, Problems

BATCH: Final = 100
"""How many rows are done at a time that are done one by one."""
Together = Callable[[Tx, Sequence[UUID]], Awaitable[Sequence[UUID]]]
Run = Callable[[Cashier, Sequence[UUID]], Awaitable[Problems]]


@dataclass(frozen=True, slots=True)
class Due:
    """Who waits for a moment, and in which column it stands."""

    name: str
    waiting: Callable[[], QuerySet[Any]]
    column: str

    async def find(self, now: datetime, limit: int) -> list[UUID]:
        """The rows whose time has come, the longest overdue first, without those that rest."""
        rows = self.due(now, limit)
        key = rows.model._meta.pk_attr  # noqa: SLF001  (values_list knows no "pk")
        found: list[Any] = await rows.values_list(key, flat=True)
        return found

    def due(self, now: datetime, limit: int) -> QuerySet[Any]:
        """One walk along a partial index: what is not due yet costs nothing, however much it is."""
        resting = dead_letters.resting(self.name, now)
        rows = self.waiting().filter(**{f"{self.column}__lte": now})
        rows = rows.exclude(pk__in=Subquery(resting.values("row_id")))
        return rows.order_by(self.column).limit(limit)

    async def soonest(self, after: datetime) -> datetime | None:
        """When the next one falls due, later than `after`."""
        rows = self.waiting().filter(**{f"{self.column}__gt": after})
        row = await rows.order_by(self.column).first()
        moment: datetime | None = getattr(row, self.column) if row else None
        return moment


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
