"""What a scrape reads about webhooks; from Postgres, because workers do the work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tortoise import connections

COUNTED: Final = 100_000
READ: Final = f"""
SELECT
    (SELECT count(*) FROM (
        SELECT FROM webhook_deliveries AS d JOIN webhook_endpoints AS e ON e.id = d.endpoint_id
        WHERE d.status = 'PENDING' AND e.status = 'ENABLED' LIMIT {COUNTED}) AS w)::int AS undelivered,
    (SELECT min(d.created_at) FROM webhook_deliveries AS d JOIN webhook_endpoints AS e ON e.id = d.endpoint_id
        WHERE d.status = 'PENDING' AND e.status = 'ENABLED') AS oldest,
    (SELECT count(*) FROM (
        SELECT FROM webhook_deliveries WHERE status = 'FAILED' LIMIT {COUNTED}) AS w)::int AS failed,
    (SELECT count(*) FROM webhook_endpoints WHERE status = 'DISABLED')::int AS disabled"""  # noqa: S608 - our own number


@dataclass(frozen=True, slots=True)
class Reading(Collector):
    """Counts stop at 100,000. `oldest_s`: for how long the oldest of the undelivered has waited."""

    undelivered: int
    oldest_s: float
    failed: int
    disabled_endpoints: int

    def collect(self) -> Iterator[Metric]:
        yield _gauge("undelivered", "Messages that wait for an endpoint.", self.undelivered)
        yield _gauge(
            "oldest_undelivered_seconds",
            "For how long the oldest of them has been waiting; 0: none is.",
            self.oldest_s,
        )
        yield _gauge("failed", "Messages that were given up, in thirty days.", self.failed)
        yield _gauge("disabled_endpoints", "Endpoints that get nothing.", self.disabled_endpoints)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ordergraph_webhooks_{name}", about, value=value)


async def read(now: datetime) -> Reading:
    (row,) = await connections.get("default").execute_query_dict(READ)
    oldest = row["oldest"]
    return Reading(
        undelivered=row["undelivered"],
        oldest_s=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        failed=row["failed"],
        disabled_endpoints=row["disabled"],
    )
