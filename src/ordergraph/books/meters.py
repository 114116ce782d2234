"""What a scrape of /metrics reads: always from Postgres, because the work is done by other processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from tortoise import connections

from ordergraph.books import queries

WAITING: Final = "SELECT count(*)::int AS n FROM (SELECT FROM outbox LIMIT 100000) AS w"
OPEN: Final = """
SELECT status, count(*)::int AS n FROM refunds
WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED') GROUP BY status"""


@dataclass(frozen=True, slots=True, eq=False)
class Reading(Collector):
    """Every number of one scrape; all come through an index, or count no further than they must."""

    now: datetime
    late: queries.Overdue
    open_refunds: dict[str, int]
    waiting: int
    differences: int | None
    reconciled_at: datetime | None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("refunds_overdue", "Refunds not sent by the promised date.", self.late.count)
        yield _gauge(
            "oldest_refund_due_seconds",
            "For how long the oldest of them has been late; 0: none is.",
            (self.now - self.late.oldest).total_seconds() if self.late.oldest else 0,
        )
        refunds = GaugeMetricFamily(
            "ordergraph_refunds_open", "Refunds that are not over.", labels=["status"]
        )
        for status, count in self.open_refunds.items():
            refunds.add_metric([status], count)
        yield refunds
        yield _gauge("outbox_waiting", "Events not told yet (counted to 100,000).", self.waiting)
        if self.reconciled_at is not None and self.differences is not None:
            yield _gauge(
                "ledger_differences", "What the last reconciliation found.", self.differences
            )
            yield _gauge(
                "reconciled_timestamp_seconds",
                "When the last reconciliation ended, in seconds since 1970.",
                self.reconciled_at.timestamp(),
            )


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ordergraph_{name}", about, value=value)


async def read(now: datetime) -> Reading:
    connection, last = connections.get("default"), await queries.last_ended()
    (waiting,) = await connection.execute_query_dict(WAITING)
    by_status = await connection.execute_query_dict(OPEN)
    return Reading(
        now=now,
        late=await queries.overdue(now),
        open_refunds={row["status"]: row["n"] for row in by_status},
        waiting=waiting["n"],
        differences=last.differences if last else None,
        reconciled_at=last.at if last else None,
    )


def text(reading: Reading) -> bytes:
    """In Prometheus' own format."""
    registry = CollectorRegistry()
    registry.register(reading)
    return generate_latest(registry)
