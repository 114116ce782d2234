"""Writing: what is to be delivered, and what operators do with endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event
from ordergraph.kernel.refusal import InvalidInput, NotAllowed
from ordergraph.kernel.text import written
from ordergraph.outgoing import queries
from ordergraph.outgoing.keyring import Keyring, new_secret
from ordergraph.outgoing.messages import bodies, body, sample
from ordergraph.outgoing.models import WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import (
    ENDPOINT,
    MOST_ENDPOINTS,
    OLD_SECRET,
    TEST_EVENT,
    EndpointAction,
    TooManyWebhookEndpoints,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookEndpointStatus,
)

DESCRIPTION_LIMIT: Final = 200


def delivery_id(endpoint_id: UUID, event_id: UUID) -> UUID:
    """Made of both, so that whoever makes the row makes the same one."""
    return uuid5(endpoint_id, str(event_id))


async def address(events: Sequence[EventRow], now: datetime) -> int:
    """Make a delivery of each event for each endpoint that wants it; say how many were to be made.

    Runs in the outbox's transaction: an event is told with its deliveries, or told again. What is
    there already stays as it is.
    """
    endpoints = await queries.listening()
    said = await bodies(events) if endpoints and events else {}
    rows = [
        _delivery(endpoint, event, said[event.id], now)
        for endpoint in endpoints
        for event in events
        if endpoint.wants(event.type)
    ]
    return await _write(rows)


async def address_to(endpoint: WebhookEndpoint, events: Sequence[EventRow], now: datetime) -> int:
    """Make the deliveries that one endpoint missed."""
    said = await bodies(events) if events else {}
    return await _write([_delivery(endpoint, event, said[event.id], now) for event in events])


async def _write(rows: Sequence[WebhookDelivery]) -> int:
    if rows:
        await WebhookDelivery.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _delivery(
    endpoint: WebhookEndpoint, event: EventRow, said: str, now: datetime
) -> WebhookDelivery:
    return WebhookDelivery(
        id=delivery_id(endpoint.id, event.id),
        endpoint_id=endpoint.id,
        event_id=event.id,
        event_type=event.type,
        body=said,
        status=WebhookDeliveryStatus.PENDING,
        occurred_at=event.occurred_at,
        created_at=now,
        next_attempt_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an endpoint is to be. The address was checked by whoever brings it (addresses.py)."""

    url: str
    description: str
    event_types: Sequence[str] | None

    def columns(self) -> dict[str, Any]:
        """Checked; raises InvalidInput."""
        about = written(self.description, field="description", limit=DESCRIPTION_LIMIT)
        if not about.isprintable():
            raise InvalidInput(field="description", problem="must be one line")
        types = None if self.event_types is None else sorted(set(self.event_types))
        unknown = [name for name in types or () if name not in Event.known and name != TEST_EVENT]
        if types == [] or unknown:
            problem = (
                f"there is no event {unknown[0]!r}" if unknown else "name one, or leave it out"
            )
            raise InvalidInput(field="eventTypes", problem=problem[:120])
        return {"url": self.url, "description": about, "event_types": types}


async def create(tx: Tx, wanted: Wanted, keyring: Keyring) -> WebhookEndpoint:
    """Make an endpoint with a secret of its own."""
    if tx.actor.office is not Role.OPERATOR:
        raise NotAllowed(action="CREATE", role=tx.actor.office or "")
    if await queries.not_deleted(tx.actor).count() >= MOST_ENDPOINTS:
        raise TooManyWebhookEndpoints(most=MOST_ENDPOINTS)
    return await WebhookEndpoint.create(
        id=uuid7(),
        **wanted.columns(),
        status=WebhookEndpointStatus.ENABLED,
        version=1,
        secret=keyring.lock(new_secret()),
        secret_made_at=tx.now,
        created_at=tx.now,
    )


async def _lock(tx: Tx, endpoint_id: UUID, action: EndpointAction) -> WebhookEndpoint:
    """Hold it, with the status that the action leads to not yet stored."""
    endpoint = await queries.lock_endpoint(tx.actor, endpoint_id)
    endpoint.status = ENDPOINT.after(action, endpoint.status, Role.OPERATOR)
    return endpoint


async def update(tx: Tx, endpoint_id: UUID, changes: Mapping[str, Any]) -> WebhookEndpoint:
    """Change what is named, by column; the address was checked by whoever brings it. A new one has
    failed at nothing.
    """
    endpoint = await _lock(tx, endpoint_id, EndpointAction.UPDATE)
    stands = {
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types,
    }
    wanted = Wanted(**stands | dict(changes))
    if wanted.url != endpoint.url:
        endpoint.failing_since = None
    await change(endpoint, **wanted.columns(), failing_since=endpoint.failing_since)
    return endpoint


async def enable(tx: Tx, endpoint_id: UUID) -> WebhookEndpoint:
    """What waited is sent now; what happened meanwhile was not written down for it: replay it."""
    endpoint = await _lock(tx, endpoint_id, EndpointAction.ENABLE)
    await change(
        endpoint,
        status=endpoint.status,
        disabled_reason=None,
        disabled_at=None,
        failing_since=None,
    )
    return endpoint


async def disable(tx: Tx, endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = await _lock(tx, endpoint_id, EndpointAction.DISABLE)
    reason = WebhookDisabledReason.OPERATOR
    await change(endpoint, status=endpoint.status, disabled_reason=reason, disabled_at=tx.now)
    return endpoint


async def delete(tx: Tx, endpoint_id: UUID) -> WebhookEndpoint:
    """Nothing is sent to it any more, and its secrets are forgotten at once."""
    endpoint = await _lock(tx, endpoint_id, EndpointAction.DELETE)
    await change(
        endpoint,
        status=endpoint.status,
        deleted_at=tx.now,
        secret=None,
        old_secret=None,
        old_secret_until=None,
    )
    return endpoint


async def rotate_secret(tx: Tx, endpoint_id: UUID, keyring: Keyring) -> WebhookEndpoint:
    """A new secret; the one before signs, too, for a day. One that was older still is forgotten."""
    endpoint = await _lock(tx, endpoint_id, EndpointAction.ROTATE_SECRET)
    await change(
        endpoint,
        secret=keyring.lock(new_secret()),
        secret_made_at=tx.now,
        old_secret=endpoint.secret,
        old_secret_until=tx.now + OLD_SECRET,
    )
    return endpoint


async def test(tx: Tx, endpoint_id: UUID, event_type: str) -> WebhookDelivery:
    """Make a message about nothing, to see whether it arrives."""
    endpoint = await _lock(tx, endpoint_id, EndpointAction.TEST)
    if event_type != TEST_EVENT and event_type not in Event.known:
        raise InvalidInput(field="eventType", problem="there is no such event")
    event_id = uuid7()
    return await WebhookDelivery.create(
        id=delivery_id(endpoint.id, event_id),
        endpoint_id=endpoint.id,
        event_id=event_id,
        event_type=event_type,
        body=body(event_type, tx.now, sample(event_type)),
        status=WebhookDeliveryStatus.PENDING,
        occurred_at=tx.now,
        created_at=tx.now,
        next_attempt_at=tx.now,
    )
