"""What a scrape of /metrics reads: from Postgres and from the workers' beats, because the work is done by
other processes; and what this one has counted.

Every API process tells the same of what is shared, so ask for the maximum over them, not for the sum.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tortoise import connections

from ordergraph.books import queries
from ordergraph.infra.counters import REGISTRY, SHARED, shared
from ordergraph.infra.heartbeat import Beat

WAITING: Final = "SELECT count(*)::int AS n FROM (SELECT FROM outbox LIMIT 100000) AS w"
LAG: Final = """
SELECT events.occurred_at AS since FROM outbox JOIN events ON events.id = event_id
ORDER BY outbox.id LIMIT 1"""
DEAD: Final = """
SELECT work, count(*)::int AS n FROM dead_letters WHERE retry_at IS NULL GROUP BY work"""
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
    waiting_since: datetime | None
    dead: dict[str, int]
    differences: int | None
    reconciled_at: datetime | None

    def collect(self) -> Iterator[Metric]:
        yield _gauge("refunds_overdue", "Refunds not sent by the promised date.", self.late.count)
        yield _gauge(
            "oldest_refund_due_seconds",
            "For how long the oldest of them has been late; 0: none is.",
            (self.now - self.late.oldest).total_seconds() if self.late.oldest else 0,
        )
        yield _by("refunds_open", "Refunds that are not over.", "status", self.open_refunds)
        yield _gauge("outbox_waiting", "Events not told yet (counted to 100,000).", self.waiting)
        yield _gauge(
            "outbox_lag_seconds",
            "For how long the oldest of them has been waiting; 0: none is.",
            max((self.now - self.waiting_since).total_seconds(), 0) if self.waiting_since else 0,
        )
        yield _by("dead_letters", "Work that nothing but a person brings back.", "work", self.dead)
        if self.reconciled_at is not None and self.differences is not None:
            yield _gauge(
                "ledger_differences", "What the last reconciliation found.", self.differences
            )
            yield _gauge(
                "reconciled_timestamp_seconds",
                "When the last reconciliation ended, in seconds since 1970.",
                self.reconciled_at.timestamp(),
            )


@dataclass(frozen=True, slots=True, eq=False)
class Around(Collector):
    """What is known of workers, the queue and live listeners; None where Redis does not tell."""

    beats: Sequence[Beat] | None
    queue_depth: int | None
    subscriptions: int
    documents: Mapping[str, int]
    """How often a document was read before, or had to be read."""
    replica_behind_s: float | None = None

    def collect(self) -> Iterator[Metric]:
        yield _gauge("build_info", "Which version this is.", 1, version=version("ordergraph"))
        yield _gauge(
            "subscriptions_running", "Operations that run on open lines.", self.subscriptions
        )
        told = CounterMetricFamily(
            "ordergraph_documents", "Documents found read already, or not.", labels=["outcome"]
        )
        for outcome, count in self.documents.items():
            told.add_metric([outcome], count)
        yield told
        if self.replica_behind_s is not None:
            yield _gauge(
                "replica_behind_seconds",
                "How old at most is what this process reads from the replica; +Inf: it cannot.",
                self.replica_behind_s,
            )
        yield _gauge("redis_up", "Whether Redis answers.", float(self.beats is not None))
        if self.beats is not None:
            yield _gauge("workers_alive", "Workers that have beaten lately.", len(self.beats))
        if self.queue_depth is not None:
            yield _gauge(
                "queue_depth", "Jobs that wait in Redis, rings and ticks.", self.queue_depth
            )
        yield from self._counted_by_each()

    def _counted_by_each(self) -> Iterator[Metric]:
        """What workers count, and we."""
        ours = Beat(f"api-{os.getpid()}", list(shared()))
        for family in SHARED.collect():
            told = CounterMetricFamily(
                family.name, family.documentation, labels=LABELS[family.name]
            )
            for beat in (ours, *(self.beats or ())):
                for name, labels, value in beat.samples:
                    if name == family.name:
                        told.add_metric([beat.process, *labels.values()], value)
            yield told


LABELS: Final = {
    "ordergraph_gateway_calls": ("process", "call", "outcome"),
    "ordergraph_jobs": ("process", "job", "outcome"),
}


def _by(name: str, about: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"ordergraph_{name}", about, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _gauge(name: str, about: str, value: float, **labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"ordergraph_{name}", about, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


async def read(now: datetime) -> Reading:
    connection, last = connections.get("default"), await queries.last_ended()
    (waiting,) = await connection.execute_query_dict(WAITING)
    by_status = await connection.execute_query_dict(OPEN)
    oldest = await connection.execute_query_dict(LAG)
    dead = await connection.execute_query_dict(DEAD)
    return Reading(
        now=now,
        late=await queries.overdue(now),
        open_refunds={row["status"]: row["n"] for row in by_status},
        waiting=waiting["n"],
        waiting_since=oldest[0]["since"] if oldest else None,
        dead={row["work"]: row["n"] for row in dead},
        differences=last.differences if last else None,
        reconciled_at=last.at if last else None,
    )


def text(*read: Collector) -> bytes:
    """In Prometheus' own format, with what this process has counted."""
    registry = CollectorRegistry()
    for collector in read:
        registry.register(collector)
    return generate_latest(registry) + generate_latest(REGISTRY)
