"""Who came with a token, mails to them, and notices to operators that are about no order."""

from uuid import uuid4

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.notifications.process import MailStatus

# fmt: off
CHECKS = {
    "notifications": {
        "notifications_about": "(order_id IS NULL) = (order_number IS NULL) AND (order_id IS NOT NULL OR (subject IS NOT NULL AND side = 'OPERATOR'))",
    },
    "mails": {
        "mails_status_known": "status IN ('PENDING', 'SENT', 'FAILED')",
        "mails_clock":        "(status = 'PENDING') = (next_attempt_at IS NOT NULL) AND (status = 'PENDING' OR claim IS NULL)",
        "mails_sent":         "(status = 'SENT') = (sent_at IS NOT NULL)",
    },
}

INDEXES = {
    "mails_due":               "INDEX {name} ON mails (next_attempt_at) WHERE status = 'PENDING'",
    "mails_oldest":            "INDEX {name} ON mails (created_at)",
    "acquaintances_operators": "INDEX {name} ON acquaintances (operator_seen_at) WHERE operator_seen_at IS NOT NULL",
}
# fmt: on

SIDE = "ALTER TABLE notifications DROP CONSTRAINT notifications_side, ADD CONSTRAINT notifications_side CHECK ({})"
OPERATORS_TOO = (
    SIDE.format("side IN ('BUYER', 'SELLER', 'OPERATOR') AND position > 0"),
    SIDE.format("side IN ('BUYER', 'SELLER') AND position > 0"),
)


class Migration(LeanMigration):
    dependencies = [("models", "0019_webhooks")]
    operations = [
        ops.CreateModel(
            name="Acquaintance",
            fields=[
                (
                    "user_id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("email", fields.CharField(null=True, max_length=254)),
                ("language", fields.CharField(max_length=8)),
                ("wants_emails", fields.BooleanField()),
                (
                    "operator_seen_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("met_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "acquaintances",
                "app": "models",
                "pk_attr": "user_id",
                "table_description": "Somebody who came with a token: as what their feed is written, and where mails would go.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "notification",
                    fields.ForeignKeyField(
                        "models.Notification",
                        source_field="notification_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="MailStatus", enum_type=MailStatus, max_length=32
                    ),
                ),
                ("claim", fields.UUIDField(null=True)),
                ("attempts", fields.IntField(default=0, db_default=0)),
                ("problem", fields.CharField(null=True, max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "next_attempt_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mails",
                "app": "models",
                "unique_together": (("notification",),),
                "pk_attr": "id",
                "table_description": "A notification on its way by e-mail. `next_attempt_at` is both clock and lease.",
            },
            bases=["Model"],
        ),
        ops.AlterField(
            model_name="Notification",
            name="order_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AlterField(
            model_name="Notification",
            name="order_number",
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name="Notification",
            name="subject",
            field=fields.CharField(null=True, max_length=200),
        ),
        guards.together([OPERATORS_TOO]),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
    ]
