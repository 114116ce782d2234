"""What follows from what: each event, and whom it concerns. Pure: nothing happens here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ordergraph.appeals import events as appeals
from ordergraph.cancellations import events as cancellations
from ordergraph.disputes import events as disputes
from ordergraph.disputes.quiet import events as quiet
from ordergraph.disputes.rules import events as rules
from ordergraph.kernel.event import Event
from ordergraph.orders import events as orders
from ordergraph.refunds import events as refunds
from ordergraph.withdrawals import events as withdrawals

EVENTS: Final = (
    orders, cancellations, refunds, disputes, quiet, rules, appeals, withdrawals,
)  # fmt: skip
"""Where events are declared: who tells of an event has to know it, also where nothing else does."""

DELIVER_OUTBOX = "deliver_outbox"
SEND_REFUNDS = "send_refunds"
SEND_WEBHOOKS = "send_webhooks"


@dataclass(frozen=True, slots=True)
class Nudge:
    """Tell live subscribers of this topic to look again."""

    topic: str


@dataclass(frozen=True, slots=True)
class Wake:
    """Ring for a worker: there is something for this job."""

    job: str


# fmt: off
JOBS = {
    # event               job that has, or may have, something to do now
    "refund.released":    SEND_REFUNDS,
    "refund.due":         SEND_REFUNDS,
    "refund.scheduled":   SEND_REFUNDS,
    "refund.resumed":     SEND_REFUNDS,
    "refund.retried":     SEND_REFUNDS,
    "refund.method_changed": SEND_REFUNDS,
}
# fmt: on


def follow_ups(event: Event) -> Iterator[Nudge | Wake]:
    """List what an event leads to; doing any of it twice, late or not at all harms nothing."""
    yield Nudge(f"order:{event.order_id}")
    dispute_id: UUID | None = getattr(event, "dispute_id", None)
    if dispute_id is not None:
        yield Nudge(f"dispute:{dispute_id}")
    yield Wake(DELIVER_OUTBOX)
    if event.type in JOBS:
        yield Wake(JOBS[event.type])
