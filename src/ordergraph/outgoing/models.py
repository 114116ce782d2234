"""Endpoints, what is to be delivered to them, and each attempt."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import belongs_to, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.outgoing.process import (
    WebhookAttemptOutcome,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookEndpointStatus,
)


class WebhookEndpoint(Model):
    """Somebody's address, and what they want to hear; null event types: everything.

    Secrets are encrypted (keyring.py). `failing_since` is the first failure after the last success.
    """

    id: UUID = identity()
    url: str = text(2048)
    description: str = text(200)
    event_types: list[str] | None = fields.JSONField(null=True)
    status: WebhookEndpointStatus = word(WebhookEndpointStatus)
    version: int = fields.IntField()
    disabled_reason: WebhookDisabledReason | None = word(WebhookDisabledReason, null=True)
    disabled_at: datetime | None = fields.DatetimeField(null=True)
    deleted_at: datetime | None = fields.DatetimeField(null=True)
    secret: str | None = text(400, null=True)
    secret_made_at: datetime = fields.DatetimeField()
    old_secret: str | None = text(400, null=True)
    old_secret_until: datetime | None = fields.DatetimeField(null=True)
    failing_since: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "webhook_endpoints"

    def wants(self, event_type: str) -> bool:
        return self.event_types is None or event_type in self.event_types


class WebhookDelivery(Model):
    """One event for one endpoint: there is never a second row for the two.

    The id is made of both, so the message keeps its id however often it is made or sent.
    `next_attempt_at` is both clock and lease, as with refunds. `failures` counts since it was made
    or replayed; `attempts` counts all.
    """

    id: UUID = fields.UUIDField(primary_key=True)  # made by actions.delivery_id
    endpoint_id: UUID
    endpoint: fields.ForeignKeyRelation[WebhookEndpoint] = belongs_to("models.WebhookEndpoint")
    event_id: UUID = fields.UUIDField()
    event_type: str = text(64)
    body: str = fields.TextField()
    status: WebhookDeliveryStatus = word(WebhookDeliveryStatus)
    claim: UUID | None = fields.UUIDField(null=True)
    attempts: int = fields.IntField(default=0)
    failures: int = fields.IntField(default=0)
    occurred_at: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()
    next_attempt_at: datetime | None = fields.DatetimeField(null=True)
    delivered_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_deliveries"
        unique_together = (("endpoint", "event_id"),)

    @property
    def message_id(self) -> str:
        """The header `webhook-id`: the same for every attempt, so that receivers can tell doubles."""
        return f"msg_{self.id.hex}"


class WebhookAttempt(Model):
    """One try: committed before anything is sent, so that a crash leaves a trace.

    `excerpt` is the beginning of an answer that was no success; answers with 2xx are not kept.
    """

    id: UUID = identity()
    delivery_id: UUID
    delivery: fields.ForeignKeyRelation[WebhookDelivery] = belongs_to("models.WebhookDelivery")
    number: int = fields.IntField()
    outcome: WebhookAttemptOutcome = word(WebhookAttemptOutcome)
    started_at: datetime = fields.DatetimeField()
    finished_at: datetime | None = fields.DatetimeField(null=True)
    status_code: int | None = fields.IntField(null=True)
    problem: str | None = text(200, null=True)
    excerpt: str | None = text(500, null=True)
    duration_ms: int | None = fields.IntField(null=True)

    class Meta:
        table = "webhook_attempts"
        unique_together = (("delivery", "number"),)
