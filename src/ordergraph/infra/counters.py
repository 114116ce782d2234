"""What this process counts, for /metrics: every label has few values, and none is a client's text.

One exception: operations are told apart by name, as many as `Names` lets in.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

REGISTRY: Final = CollectorRegistry()
PROCESS: Final = ProcessCollector(registry=REGISTRY)
KEPT: Final = 1_000
"""For so many labels it is kept which counter is theirs."""
BUCKETS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)

REQUESTS: Final = Counter(
    "ordergraph_requests",
    "Requests by route, method and the status that they were answered with.",
    ("route", "method", "status"),
    registry=REGISTRY,
)
requests_of: Final = lru_cache(KEPT)(REQUESTS.labels)
"""The counter of a route, a method and a status."""
SOCKETS: Final = Gauge("ordergraph_sockets_open", "Sockets that are open.", registry=REGISTRY)
OPERATIONS: Final = Histogram(
    "ordergraph_operation_seconds",
    "How long queries and mutations took, by name; the names of some are told apart, not all.",
    ("name", "type", "outcome"),
    buckets=BUCKETS,
    registry=REGISTRY,
)
operations_of: Final = lru_cache(KEPT)(OPERATIONS.labels)
"""The histogram of a name, a kind and an outcome."""
STREAMS: Final = Counter(
    "ordergraph_streams", "Subscriptions that are over.", ("name", "outcome"), registry=REGISTRY
)
ERRORS: Final = Counter(
    "ordergraph_errors",
    "Errors that clients were told, by code: RATE_LIMITED, INTERNAL, …",
    ("code",),
    registry=REGISTRY,
)
REPLICA_QUERIES: Final = Counter(
    "ordergraph_replica_queries",
    "Queries by who answered: the replica, or why the primary did (replica.py).",
    ("served",),
    registry=REGISTRY,
)
replica_queries_of: Final = lru_cache(KEPT)(REPLICA_QUERIES.labels)
"""The counter of who served, or why not."""
REPLICA_STATEMENTS_AGAIN: Final = Counter(
    "ordergraph_replica_statements_again",
    "Statements that failed at the replica, and were asked of the primary.",
    registry=REGISTRY,
)

SHARED: Final = CollectorRegistry()
"""What workers count: they serve no /metrics, so their beats carry it to who does (heartbeat.py)."""
GATEWAY_CALLS: Final = Counter(
    "ordergraph_gateway_calls",
    "Calls of the payment gateway: answered, declined, busy, or no answer.",
    ("call", "outcome"),
    registry=SHARED,
)
JOBS: Final = Counter(
    "ordergraph_jobs", "Runs of workers' jobs, done or failed.", ("job", "outcome"), registry=SHARED
)

Sample = tuple[str, dict[str, str], float]
"""A metric's name, its labels, its value."""


def shared() -> Iterator[Sample]:
    """Every count of this process that others have to tell."""
    for family in SHARED.collect():
        for sample in family.samples:
            if sample.name.endswith("_total"):
                yield family.name, sample.labels, sample.value


MOST_NAMES: Final = 100
ANONYMOUS, OTHER = "anonymous", "other"


class Names:
    """Which operations are told apart: the trusted documents', or the first that were met.

    A name is a client's text, so only one who is signed in brings a new one, and only so many.
    """

    def __init__(self, trusted: frozenset[str] | None = None, most: int = MOST_NAMES) -> None:
        self._known = set(trusted or ())
        self._most = 0 if trusted else most

    def label(self, name: str | None, *, is_signed_in: bool) -> str:
        """What the operation is called in the metrics."""
        if not name:
            return ANONYMOUS
        if name not in self._known and is_signed_in and len(self._known) < self._most:
            self._known.add(name)
        return name if name in self._known else OTHER


NAMES: Final = Names()
