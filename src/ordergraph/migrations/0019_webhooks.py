"""Webhooks out: endpoints, what is to be delivered to them, and each attempt."""

from uuid import uuid4

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.outgoing.process import (
    WebhookAttemptOutcome,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookEndpointStatus,
)

# fmt: off
CHECKS = {
    "webhook_endpoints": {
        "webhook_endpoints_status_known": "status IN ('ENABLED', 'DISABLED', 'DELETED')",
        "webhook_endpoints_disabled":     "(disabled_at IS NULL) = (disabled_reason IS NULL) AND (status <> 'ENABLED' OR disabled_at IS NULL) AND (status <> 'DISABLED' OR disabled_at IS NOT NULL)",
        "webhook_endpoints_deleted":      "(status = 'DELETED') = (deleted_at IS NOT NULL) AND (deleted_at IS NULL) = (secret IS NOT NULL)",
        "webhook_endpoints_old_secret":   "(old_secret IS NULL) = (old_secret_until IS NULL)",
    },
    "webhook_deliveries": {
        "webhook_deliveries_status_known": "status IN ('PENDING', 'DELIVERED', 'FAILED')",
        "webhook_deliveries_clock":        "(status = 'PENDING') = (next_attempt_at IS NOT NULL) AND (status = 'PENDING' OR claim IS NULL)",
        "webhook_deliveries_delivered":    "status <> 'DELIVERED' OR delivered_at IS NOT NULL",
        "webhook_deliveries_counts":       "attempts >= failures AND failures >= 0",
    },
    "webhook_attempts": {
        "webhook_attempts_finished": "(outcome = 'STARTED') = (finished_at IS NULL)",
    },
}

INDEXES = {
    "webhook_deliveries_due":        "INDEX {name} ON webhook_deliveries (endpoint_id, next_attempt_at) WHERE status = 'PENDING'",
    "webhook_deliveries_newest":     "INDEX {name} ON webhook_deliveries (created_at, id)",
    "webhook_attempts_in_flight":    "UNIQUE INDEX {name} ON webhook_attempts (delivery_id) WHERE finished_at IS NULL",
}
# fmt: on


class Migration(LeanMigration):
    dependencies = [("models", "0018_revocations")]
    operations = [
        ops.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("url", fields.CharField(max_length=2048)),
                ("description", fields.CharField(max_length=200)),
                ("event_types", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                (
                    "status",
                    fields.CharEnumField(
                        description="WebhookEndpointStatus",
                        enum_type=WebhookEndpointStatus,
                        max_length=32,
                    ),
                ),
                ("version", fields.IntField()),
                (
                    "disabled_reason",
                    fields.CharEnumField(
                        null=True,
                        description="WebhookDisabledReason",
                        enum_type=WebhookDisabledReason,
                        max_length=32,
                    ),
                ),
                (
                    "disabled_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("deleted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("secret", fields.CharField(null=True, max_length=400)),
                ("secret_made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("old_secret", fields.CharField(null=True, max_length=400)),
                (
                    "old_secret_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "failing_since",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "webhook_endpoints",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Somebody's address, and what they want to hear; null event types: everything.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "endpoint",
                    fields.ForeignKeyField(
                        "models.WebhookEndpoint",
                        source_field="endpoint_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("event_id", fields.UUIDField()),
                ("event_type", fields.CharField(max_length=64)),
                ("body", fields.TextField(unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        description="WebhookDeliveryStatus",
                        enum_type=WebhookDeliveryStatus,
                        max_length=32,
                    ),
                ),
                ("claim", fields.UUIDField(null=True)),
                ("attempts", fields.IntField(default=0)),
                ("failures", fields.IntField(default=0)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "next_attempt_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "delivered_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "webhook_deliveries",
                "app": "models",
                "unique_together": (("endpoint", "event_id"),),
                "pk_attr": "id",
                "table_description": "One event for one endpoint: there is never a second row for the two.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookAttempt",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "delivery",
                    fields.ForeignKeyField(
                        "models.WebhookDelivery",
                        source_field="delivery_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                (
                    "outcome",
                    fields.CharEnumField(
                        description="WebhookAttemptOutcome",
                        enum_type=WebhookAttemptOutcome,
                        max_length=32,
                    ),
                ),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("status_code", fields.IntField(null=True)),
                ("problem", fields.CharField(null=True, max_length=200)),
                ("excerpt", fields.CharField(null=True, max_length=500)),
                ("duration_ms", fields.IntField(null=True)),
            ],
            options={
                "table": "webhook_attempts",
                "app": "models",
                "unique_together": (("delivery", "number"),),
                "pk_attr": "id",
                "table_description": "One try: committed before anything is sent, so that a crash leaves a trace.",
            },
            bases=["Model"],
        ),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
    ]
