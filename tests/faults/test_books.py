"""Workers look at the books by themselves, and everybody is told what they find. Promise L3."""

import httpx

from tests.faults.deployment import Deployment, until
from tests.faults.test_many_processes import canceled

LATEST = "SELECT differences FROM reconciliations ORDER BY at DESC, id DESC LIMIT 1"
PLANTED = "UPDATE payments SET platform_cost_minor = $1"


async def metric(deployment: Deployment, name: str) -> float | None:
    """What a scrape says, or None when it says nothing of that."""
    port = deployment.ports["api"]
    async with httpx.AsyncClient(trust_env=False) as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    values = [line.split()[1] for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(values[0]) if values else None


async def test_a_difference_is_found_by_itself_and_is_gone_when_it_is_mended(
    deployment: Deployment,
) -> None:
    await deployment.api()
    for name in ("one", "two"):
        deployment.worker(name, reconcile_interval_s=1)
    await canceled(deployment)

    async def differences_are(count: int) -> bool:
        rows = await deployment.books.fetch(LATEST)
        told = await metric(deployment, "ordergraph_ledger_differences")
        return bool(rows) and rows[0][0] == count == told

    await until(lambda: differences_are(0))
    await deployment.books.execute(PLANTED, 3)
    await until(lambda: differences_are(1))
    await deployment.books.execute(PLANTED, 0)
    await until(lambda: differences_are(0))
    assert await metric(deployment, "ordergraph_refunds_overdue") == 0
