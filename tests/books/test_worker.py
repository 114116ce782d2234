"""The workers' own reconciliation: now and then, one at a time, whatever else there is to do."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from ordergraph.books import comparing
from ordergraph.books.actions import LOCK
from ordergraph.books.models import Reconciliation
from ordergraph.infra.database import alone
from tests.books.audit import auditor, last, tamper
from tests.market import Market

HOUR, MONTH = timedelta(hours=1), timedelta(days=30)


async def test_it_is_done_once_in_an_interval(market: Market) -> None:
    await market.place()

    first = await auditor(market).reconcile_if_due(HOUR, MONTH)
    too_soon = await auditor(market).reconcile_if_due(HOUR, MONTH)
    market.clock.advance(HOUR)
    second = await auditor(market).reconcile_if_due(HOUR, MONTH)

    assert first is not None
    assert first.since == market.clock.at - HOUR - MONTH
    assert too_soon is None
    assert second is not None


async def test_of_several_workers_one_does_it(market: Market) -> None:
    await market.place()

    done = await asyncio.gather(*(auditor(market).reconcile_if_due(HOUR, MONTH) for _ in range(4)))

    assert len([row for row in done if row is not None]) == 1
    assert await Reconciliation.all().count() == 1


async def test_while_another_process_looks_nobody_else_does(market: Market) -> None:
    async with alone(LOCK) as ours:
        assert ours
        assert await auditor(market).reconcile_if_due(HOUR, MONTH) is None

    assert await auditor(market).reconcile_if_due(HOUR, MONTH) is not None


async def test_differences_are_logged_as_errors(market: Market) -> None:
    order = await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 3")

    with structlog.testing.capture_logs() as logs:
        await auditor(market).reconcile_if_due(HOUR, MONTH)

    told = {(entry["event"], entry["log_level"]) for entry in logs}
    assert told == {("books.difference", "error"), ("books.reconciled", "error")}
    assert logs[0]["order"] == order.number


async def test_clean_books_are_no_error(market: Market) -> None:
    with structlog.testing.capture_logs() as logs:
        await auditor(market).reconcile_if_due(HOUR, MONTH)

    assert [entry["log_level"] for entry in logs] == ["info"]


async def test_what_failed_rests_until_the_next_time(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that is away is not asked every few seconds."""
    monkeypatch.setattr(comparing, "NEXT", "SELECT nonsense")
    with pytest.raises(Exception, match="nonsense"):
        await auditor(market).reconcile_if_due(HOUR, MONTH)

    again = await auditor(market).reconcile_if_due(HOUR, MONTH)

    assert again is None
    assert (await last()).problem is not None
