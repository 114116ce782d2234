"""Reading endpoints and deliveries, and finding those whose time has come."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise import connections
from tortoise.queryset import QuerySet

from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import NotFound
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import WebhookEndpointStatus

MOST_SHOWN: Final = 100
"""Attempts of one delivery; more there are only of one that was replayed again and again."""

# One endpoint after the other, in a new sequence each time, so that a long queue of one does not
# keep the others waiting; of each no more than it has room for.
DUE: Final = """
SELECT due.id FROM (
    SELECT id FROM webhook_endpoints WHERE status = 'ENABLED' ORDER BY random()
) AS endpoint
LEFT JOIN unnest($2::uuid[], $3::int[]) AS busy(endpoint_id, n) ON busy.endpoint_id = endpoint.id
CROSS JOIN LATERAL (
    SELECT id FROM webhook_deliveries
    WHERE endpoint_id = endpoint.id AND status = 'PENDING' AND next_attempt_at <= $1
    ORDER BY next_attempt_at LIMIT greatest(0, $4::int - coalesce(busy.n, 0))
    FOR NO KEY UPDATE SKIP LOCKED
) AS due
LIMIT $5"""


def endpoints_seen_by(actor: Actor) -> QuerySet[WebhookEndpoint]:
    """Operators see all there are, and what was deleted for as long as it is kept; nobody else any."""
    rows = WebhookEndpoint.all()
    return rows if Role.OPERATOR in actor.roles else rows.filter(id__in=[])


def deliveries_seen_by(actor: Actor) -> QuerySet[WebhookDelivery]:
    rows = WebhookDelivery.all()
    return rows if Role.OPERATOR in actor.roles else rows.filter(id__in=[])


def attempts_seen_by(actor: Actor) -> QuerySet[WebhookAttempt]:
    rows = WebhookAttempt.all()
    return rows if Role.OPERATOR in actor.roles else rows.filter(id__in=[])


def not_deleted(actor: Actor) -> QuerySet[WebhookEndpoint]:
    return endpoints_seen_by(actor).exclude(status=WebhookEndpointStatus.DELETED)


async def listening() -> list[WebhookEndpoint]:
    """Those for whom messages are made."""
    return await WebhookEndpoint.filter(status=WebhookEndpointStatus.ENABLED)


async def lock_endpoint(actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    """Hold it until the transaction ends; before its deliveries, everywhere."""
    rows = endpoints_seen_by(actor).select_for_update(no_key=True)
    found = await rows.get_or_none(id=endpoint_id)
    if found is None:
        raise NotFound(what="webhook endpoint")
    return found


async def lock_delivery(actor: Actor, delivery_id: UUID) -> tuple[WebhookDelivery, WebhookEndpoint]:
    seen = await deliveries_seen_by(actor).get_or_none(id=delivery_id)
    if seen is None:
        raise NotFound(what="webhook delivery")
    endpoint = await lock_endpoint(actor, seen.endpoint_id)
    return await WebhookDelivery.select_for_update(no_key=True).get(id=delivery_id), endpoint


async def take_due(
    now: datetime, *, busy: Mapping[UUID, int], per_endpoint: int, limit: int
) -> list[WebhookDelivery]:
    """Hold what is due, skipping what another worker holds; `busy`: how many of each are on their way."""
    values = [now, list(busy), list(busy.values()), per_endpoint, limit]
    rows = await connections.get("default").execute_query_dict(DUE, values)
    return await WebhookDelivery.filter(id__in=[row["id"] for row in rows])


async def attempts_of(delivery_ids: Collection[UUID]) -> dict[UUID, list[WebhookAttempt]]:
    """The tries to deliver, oldest first; the last ones where there are very many."""
    found: dict[UUID, list[WebhookAttempt]] = {id_: [] for id_ in delivery_ids}
    for row in await WebhookAttempt.filter(delivery_id__in=list(delivery_ids)).order_by("number"):
        found[row.delivery_id].append(row)
    return {id_: rows[-MOST_SHOWN:] for id_, rows in found.items()}


async def endpoints(ids: Collection[UUID]) -> dict[UUID, WebhookEndpoint]:
    rows = await WebhookEndpoint.filter(id__in=list(ids)) if ids else []
    return {row.id: row for row in rows}
