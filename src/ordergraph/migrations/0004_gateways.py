"""Payment tokens and declines, what gateways told us, and a sandbox that remembers its mischief."""

from tortoise import fields
from tortoise.migrations import operations as ops
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.payments.process import PaymentDeclineReason

# fmt: off
CHECKS = {
    "sandbox_journal": {
        "sandbox_journal_amount":  "amount_minor > 0 AND kind IN ('CAPTURE', 'REFUND', 'DECLINED', 'FAILED', 'FAULT')",
        "sandbox_journal_code":    "(kind IN ('CAPTURE', 'REFUND')) = (code IS NULL) AND nth >= 0",
    },
    "payments": {
        "payments_declined":       "decline_reason IS NULL OR captured_minor = 0",
    },
}

INDEXES = {
    # a refund that failed may be tried again: one of each try
    "sandbox_journal_one_refund":  "UNIQUE INDEX {name} ON sandbox_journal (reference, nth) WHERE kind = 'REFUND'",
    "gateway_events_received":     "INDEX {name} ON gateway_events (received_at)",
}
# fmt: on

BEFORE = (
    (
        "ALTER TABLE sandbox_journal DROP CONSTRAINT sandbox_journal_amount",
        "ALTER TABLE sandbox_journal ADD CONSTRAINT sandbox_journal_amount CHECK (amount_minor > 0 AND kind IN ('CAPTURE', 'REFUND'))",
    ),
    (
        "DROP INDEX sandbox_journal_one_refund",
        "CREATE UNIQUE INDEX sandbox_journal_one_refund ON sandbox_journal (reference) WHERE kind = 'REFUND'",
    ),
)


class Migration(LeanMigration):
    dependencies = [("models", "0003_refunds")]
    operations = [
        guards.together(BEFORE),
        ops.CreateModel(
            name="GatewayEvent",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("gateway", fields.CharField(max_length=40)),
                ("event_id", fields.CharField(max_length=255)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "gateway_events",
                "app": "models",
                "unique_together": (("gateway", "event_id"),),
                "pk_attr": "id",
                "table_description": "A gateway's message that has been heard: told again, it is not heard again.",
            },
            bases=["Model"],
        ),
        ops.AddField("Payment", "token", fields.CharField(null=True, max_length=255)),
        ops.AddField(
            "Payment",
            "decline_reason",
            fields.CharEnumField(
                null=True,
                description="PaymentDeclineReason",
                enum_type=PaymentDeclineReason,
                max_length=32,
            ),
        ),
        ops.AddField("SandboxEntry", "token", fields.CharField(null=True, max_length=255)),
        ops.AddField("SandboxEntry", "code", fields.CharField(null=True, max_length=40)),
        ops.AddField("SandboxEntry", "nth", fields.IntField(default=0, db_default=0)),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
    ]
