"""Sending again what was sent, what failed, and what an endpoint missed while it was disabled."""

from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.expressions import Subquery

from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.outgoing import actions, queries
from ordergraph.outgoing.models import WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import (
    DELIVERY,
    ENDPOINT,
    KEPT,
    DeliveryAction,
    EndpointAction,
    WebhookDeliveryStatus,
)

MOST_REPLAYED: Final = 10_000
"""In one go: whoever wants more replays shorter spans."""
BATCH: Final = 500


async def replay_one(tx: Tx, delivery_id: UUID) -> WebhookDelivery:
    """Send it once more, now, under the same id, with all its retries before it."""
    delivery, endpoint = await queries.lock_delivery(tx.actor, delivery_id)
    ENDPOINT.after(EndpointAction.REPLAY, endpoint.status, Role.OPERATOR)
    delivery.status = DELIVERY.after(DeliveryAction.REPLAY, delivery.status, Role.OPERATOR)
    delivery.claim, delivery.failures, delivery.next_attempt_at = None, 0, tx.now
    await delivery.save(update_fields=["status", "claim", "failures", "next_attempt_at"])
    return delivery


async def replay_span(
    tx: Tx, endpoint_id: UUID, since: datetime, until: datetime | None
) -> tuple[WebhookEndpoint, int]:
    """Send everything that happened then and that the endpoint wants; say how much it is."""
    endpoint = await queries.lock_endpoint(tx.actor, endpoint_id)
    ENDPOINT.after(EndpointAction.REPLAY, endpoint.status, Role.OPERATOR)
    end = min(until or tx.now, tx.now)
    if since >= end or since < tx.now - KEPT:
        raise InvalidInput(field="since", problem="within the last 30 days, and before until")
    sent = await _again(tx, endpoint, since, end)
    return endpoint, sent + await _missed(tx, endpoint, since, end)


async def _again(tx: Tx, endpoint: WebhookEndpoint, since: datetime, end: datetime) -> int:
    """Those that are there: a claim that is taken away finds at its end that it was."""
    rows = WebhookDelivery.filter(
        endpoint_id=endpoint.id, occurred_at__gte=since, occurred_at__lt=end
    )
    changed: int = await rows.update(
        status=WebhookDeliveryStatus.PENDING, claim=None, failures=0, next_attempt_at=tx.now
    )
    return _within(changed)


async def _missed(tx: Tx, endpoint: WebhookEndpoint, since: datetime, end: datetime) -> int:
    """Those that were never made for it."""
    made = 0
    wanted = list(Event.known) if endpoint.event_types is None else endpoint.event_types
    there = WebhookDelivery.filter(endpoint_id=endpoint.id).values("event_id")
    rows = EventRow.filter(occurred_at__gte=since, occurred_at__lt=end, type__in=wanted)
    last: UUID | None = None
    while True:
        page = rows.filter(id__gt=last) if last else rows
        found = await page.exclude(id__in=Subquery(there)).order_by("id").limit(BATCH)
        made = _within(made + await actions.address_to(endpoint, found, tx.now))
        if len(found) < BATCH:
            return made
        last = found[-1].id


def _within(count: int) -> int:
    if count > MOST_REPLAYED:
        problem = f"more than {MOST_REPLAYED} messages: replay a shorter span"
        raise InvalidInput(field="since", problem=problem)
    return count
