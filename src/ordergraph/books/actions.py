"""Reconciling: looking at all the books, and writing down what was found."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from ordergraph.books import comparing, journal, queries
from ordergraph.books.models import Reconciliation
from ordergraph.books.process import KEPT_FOR, MOST_KEPT, Difference
from ordergraph.infra.database import Edge, alone
from ordergraph.kernel.actor import SYSTEM
from ordergraph.payments.gateways.protocol import PaymentGateway

LOCK: Final = 0x626F6F6B73  # "books": any number, the same for every process

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Report:
    """What has been found so far; each difference is told as soon as it is known."""

    tell: Callable[[Difference], None]
    orders: int = 0
    journal_lines: int = 0
    differences: int = 0
    kept: list[Difference] = field(default_factory=list)

    def add(self, found: Sequence[Difference]) -> None:
        self.differences += len(found)
        self.kept += found[: MOST_KEPT - len(self.kept)]
        for difference in found:
            self.tell(difference)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who looks at the books.

    `patience`: after how long a difference with the gateway is looked at again; `limit`: how long
    all of it may take, if not for ever.
    """

    edge: Edge
    gateway: PaymentGateway
    patience: timedelta
    limit: timedelta | None = None

    async def reconcile(
        self, since: datetime | None, tell: Callable[[Difference], None]
    ) -> Reconciliation:
        """Look at everything that moved since then, or ever, and store what was found.

        What keeps it from ending is stored too, and raised.
        """
        report = Report(tell)
        try:
            async with asyncio.timeout(self.limit.total_seconds() if self.limit else None):
                await self._look(since, report)
        except Exception as problem:
            await self._store(since, report, problem=type(problem).__name__)
            raise
        return await self._store(since, report)

    async def _look(self, since: datetime | None, report: Report) -> None:
        async for looked in comparing.batches(since):
            report.orders += looked.orders
            report.add(looked.found)
        report.journal_lines, found = await journal.look(self.gateway, since)
        if found:
            report.add(await self._still(found, since))

    async def _still(self, found: Sequence[Difference], since: datetime | None) -> list[Difference]:
        """Of these, what is there a moment later: the two books are not read at one instant."""
        await asyncio.sleep(self.patience.total_seconds())
        later = set((await journal.look(self.gateway, since))[1])
        return [difference for difference in found if difference in later]

    async def _store(
        self, since: datetime | None, report: Report, problem: str | None = None
    ) -> Reconciliation:
        async with self.edge.transaction(SYSTEM) as tx:
            await Reconciliation.filter(at__lt=tx.now - KEPT_FOR).delete()
            return await Reconciliation.create(
                at=tx.now,
                since=since,
                orders=report.orders,
                journal_lines=report.journal_lines,
                differences=report.differences,
                found=[difference.to_json() for difference in report.kept],
                problem=problem,
            )

    async def reconcile_if_due(self, interval: timedelta, span: timedelta) -> Reconciliation | None:
        """What a worker does now and then; of several at once, one does it."""
        async with AsyncExitStack() as stack:
            if not await stack.enter_async_context(alone(LOCK)):
                return None
            now = await self.edge.clock.now()
            last = await queries.last()
            if last is not None and last.at > now - interval:
                return None
            done = await self.reconcile(now - span, _log)
        said = log.info if done.clean else log.error
        said("books.reconciled", orders=done.orders, differences=done.differences)
        return done


def _log(difference: Difference) -> None:
    log.error("books.difference", **difference.to_json())
