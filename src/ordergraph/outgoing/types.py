"""Endpoints, deliveries and attempts in the API: operators see them, and nobody else."""

from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Key
from ordergraph.api.ready import loaded
from ordergraph.api.scalars import publish
from ordergraph.outgoing import models
from ordergraph.outgoing.process import (
    WebhookAttemptOutcome,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookEndpointStatus,
)

for words in (
    WebhookEndpointStatus,
    WebhookDisabledReason,
    WebhookDeliveryStatus,
    WebhookAttemptOutcome,
):
    publish(words)

NEWEST: Final = Key(("created_at", "id"), newest_first=True)


@strawberry.type(description="Where messages about events are sent to. Only operators see it.")
class WebhookEndpoint(Loaded, relay.Node):
    loader: ClassVar[str] = "webhooks.visible_endpoint"

    id: relay.NodeID[UUID]
    url: str = strawberry.field(description="The address.")
    description: str = strawberry.field(description="What operators call it.")
    event_types: list[str] | None = strawberry.field(
        description="The events it is told of; null: all, new kinds included."
    )
    status: WebhookEndpointStatus = strawberry.field(description="Where it stands.")
    disabled_reason: WebhookDisabledReason | None = strawberry.field(
        description="Why it was disabled; null while it is enabled."
    )
    disabled_at: datetime | None = strawberry.field(description="Since when it is disabled.")
    failing_since: datetime | None = strawberry.field(
        description="The first failure after its last success; after five days it is disabled."
    )
    old_secret_until: datetime | None = strawberry.field(
        description="After a rotation: until when the secret before signs, too."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    deleted_at: datetime | None = strawberry.field(description="When it was deleted.")
    row: strawberry.Private[models.WebhookEndpoint]

    @classmethod
    def of(cls, row: models.WebhookEndpoint) -> Self:
        return cls(
            id=row.id,
            url=row.url,
            description=row.description,
            event_types=row.event_types,
            status=row.status,
            disabled_reason=row.disabled_reason,
            disabled_at=row.disabled_at,
            failing_since=row.failing_since,
            old_secret_until=row.old_secret_until,
            created_at=row.created_at,
            deleted_at=row.deleted_at,
            row=row,
        )


@strawberry.type(description="One attempt to deliver a message.")
class WebhookAttempt(Loaded, relay.Node):
    loader: ClassVar[str] = "webhooks.visible_attempt"

    id: relay.NodeID[UUID]
    number: int = strawberry.field(description="It counts up from 1, replays included.")
    outcome: WebhookAttemptOutcome = strawberry.field(description="How it ended.")
    status_code: int | None = strawberry.field(description="The HTTP status of the answer, if any.")
    problem: str | None = strawberry.field(description="What kept the message, in a few words.")
    excerpt: str | None = strawberry.field(
        description="The beginning of an answer that was no success."
    )
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    duration_ms: int | None = strawberry.field(description="How long the endpoint took.")

    @classmethod
    def of(cls, row: models.WebhookAttempt) -> Self:
        return cls(
            id=row.id,
            number=row.number,
            outcome=row.outcome,
            status_code=row.status_code,
            problem=row.problem,
            excerpt=row.excerpt,
            started_at=row.started_at,
            finished_at=row.finished_at,
            duration_ms=row.duration_ms,
        )


@strawberry.type(description="One event for one endpoint. Only operators see it.")
class WebhookDelivery(Loaded, relay.Node):
    loader: ClassVar[str] = "webhooks.visible_delivery"

    id: relay.NodeID[UUID]
    message_id: str = strawberry.field(
        description="The header webhook-id: the same for every attempt and every replay."
    )
    event_type: str = strawberry.field(description="The event's name, such as order.canceled.")
    payload: str = strawberry.field(description="The body, byte for byte as it is signed and sent.")
    status: WebhookDeliveryStatus = strawberry.field(description="Where it stands.")
    attempt_count: int = strawberry.field(description="How often it was tried.")
    occurred_at: datetime = strawberry.field(description="When the event happened.")
    created_at: datetime = strawberry.field(description="When the message was made.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is tried next; null when it is not."
    )
    delivered_at: datetime | None = strawberry.field(description="When it was last delivered.")
    row: strawberry.Private[models.WebhookDelivery]

    @classmethod
    def of(cls, row: models.WebhookDelivery) -> Self:
        return cls(
            id=row.id,
            message_id=row.message_id,
            event_type=row.event_type,
            payload=row.body,
            status=row.status,
            attempt_count=row.attempts,
            occurred_at=row.occurred_at,
            created_at=row.created_at,
            next_attempt_at=row.next_attempt_at,
            delivered_at=row.delivered_at,
            row=row,
        )

    @loaded(description="Where it goes.")
    async def endpoint(self, info: Info) -> WebhookEndpoint:
        found = await info.context.load.webhooks.visible_endpoint.load(self.row.endpoint_id)
        assert found is not None, "an endpoint is kept for as long as its deliveries"
        return found

    @loaded(description="Each attempt, oldest first; of more than 100 the last ones.")
    async def attempts(self, info: Info) -> list[WebhookAttempt]:
        rows = await info.context.load.webhooks.attempts_of_delivery.load(self.row.id)
        return [WebhookAttempt.of(row) for row in rows]
