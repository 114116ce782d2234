"""/metrics: what Prometheus reads, from Postgres at the moment of asking."""

import httpx
import pytest
from starlette.applications import Starlette

from ordergraph import app
from ordergraph.books import meters, queries
from ordergraph.infra import dead_letters
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from ordergraph.schema import schema
from ordergraph.transports.front import Front
from ordergraph.wiring import Wiring
from tests.api.doors import TOKENS
from tests.books.audit import found, tamper
from tests.market import DAY, NOON, Market
from tests.screens.conftest import busy
from tests.states import refund_in
from tests.watching import dear_pages, plan_of, steps

__all__ = ["busy"]


async def measured(market: Market) -> dict[str, float]:
    """Every sample by its name and label."""
    reading = await meters.read(market.clock.at)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in reading.collect()
        for sample in family.samples
    }


async def test_where_nothing_happens_there_is_nothing_to_be_alarmed_about(market: Market) -> None:
    assert await measured(market) == {
        "ordergraph_refunds_overdue": 0,
        "ordergraph_oldest_refund_due_seconds": 0,
        "ordergraph_outbox_waiting": 0,
        "ordergraph_outbox_lag_seconds": 0,
    }


async def test_late_and_open_refunds_are_counted(market: Market) -> None:
    await refund_in(market, RefundStatus.SUCCEEDED)
    await refund_in(market, RefundStatus.REQUIRES_ACTION)
    await refund_in(market, RefundStatus.SCHEDULED)
    market.clock.advance(9 * DAY)

    read = await measured(market)

    assert read["ordergraph_refunds_overdue"] == 2
    assert read["ordergraph_oldest_refund_due_seconds"] == (9 * DAY).total_seconds()
    assert read["ordergraph_refunds_open SCHEDULED"] == 1
    assert read["ordergraph_refunds_open REQUIRES_ACTION"] == 1
    assert "ordergraph_refunds_open SUCCEEDED" not in read


async def test_events_that_wait_to_be_told_are_counted(market: Market) -> None:
    await market.place()

    market.clock.advance(DAY)

    read = await measured(market)

    assert read["ordergraph_outbox_waiting"] == 2
    assert read["ordergraph_outbox_lag_seconds"] == DAY.total_seconds()


async def test_work_that_is_dead_is_counted(market: Market) -> None:
    order = await market.place()
    for _ in range(len(dead_letters.PAUSES) + 1):
        await dead_letters.failed("refund.due", order.id, ValueError(), market.clock.at)

    assert (await measured(market))["ordergraph_dead_letters refund.due"] == 1


async def test_the_last_reconciliation_is_told(market: Market) -> None:
    await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 3")
    await found(market)

    read = await measured(market)

    assert read["ordergraph_ledger_differences"] == 1
    assert read["ordergraph_reconciled_timestamp_seconds"] == market.clock.at.timestamp()


@pytest.mark.parametrize(
    ("statement", "values"), [(meters.OPEN, []), (queries.OVERDUE, [NOON])], ids=["open", "overdue"]
)
@pytest.mark.usefixtures("busy")
async def test_a_scrape_reads_open_refunds_alone(statement: str, values: list[object]) -> None:
    """Through their own index, or through that of the statuses."""
    assert await Refund.filter(status=RefundStatus.SUCCEEDED).exists()
    async with dear_pages(bitmaps=True):
        plan = await plan_of(statement, *values)

    reads = [step for step in steps(plan) if "Relation Name" in step or "Index Name" in step]
    indexes = {step["Index Name"] for step in reads if "Index Name" in step}
    assert indexes
    assert indexes <= {"refunds_open", "refunds_due_first_by_status"}
    assert "Seq Scan" not in {step["Node Type"] for step in reads}
    assert sum(step.get("Rows Removed by Filter", 0) for step in reads) == 0


async def test_the_api_serves_them_unless_they_are_switched_off(wiring: Wiring) -> None:
    with_them, without = wiring.settings, wiring.settings.model_copy(update={"metrics": False})

    served = await _get(wiring, with_them)
    refused = await _get(wiring, without)

    assert served.status_code == 200
    assert served.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "ordergraph_outbox_waiting 0.0" in served.text
    assert "ordergraph_webhooks_undelivered 0.0" in served.text
    assert "ordergraph_subscriptions_running 0.0" in served.text
    assert refused.status_code == 404


async def _get(wiring: Wiring, settings: object) -> httpx.Response:
    routes = app._routes(settings, tokens=None)  # type: ignore[arg-type]  # no door that needs one
    site = Starlette(routes=routes)
    site.state.wiring = wiring
    site.state.front = Front(schema, app.desk_of(wiring), TOKENS)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(site), base_url="http://test"
    ) as client:
        return await client.get("/metrics")
