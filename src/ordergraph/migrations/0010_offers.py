"""Offers as rows, beginning with what each dispute was opened with; turns, reminders and returns."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.disputes.words import (
    OfferStatus,
    OfferType,
    ReturnAcknowledgement,
    ShippingPayer,
)
from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    "offers": {
        "offers_amount":       "amount_minor > 0",
        "offers_made_by":      "made_by IN ('BUYER', 'SELLER')",
        "offers_type":         "type IN ('REFUND', 'PARTIAL_REFUND', 'REFUND_WITH_RETURN') AND (type = 'REFUND_WITH_RETURN') = (return_paid_by IS NOT NULL)",
        "offers_status_known": "status IN ('OPEN', 'ACCEPTED', 'DECLINED', 'SUPERSEDED', 'WITHDRAWN', 'EXPIRED')",
        "offers_ended":        "(status = 'OPEN') = (ended_at IS NULL)",
        "offers_payer_known":  "return_paid_by IN ('BUYER', 'SELLER', 'PLATFORM')",
    },
    "disputes": {
        "disputes_return_payer":  "return_paid_by IN ('BUYER', 'SELLER', 'PLATFORM')",
        "disputes_return_terms":  "status NOT IN ('AWAITING_RETURN', 'RETURN_IN_TRANSIT') OR (return_paid_by IS NOT NULL AND approved_minor IS NOT NULL)",
        "disputes_return_cost":   "return_cost_minor >= 0",
        "disputes_return_answer": "return_answer IN ('ITEM_RECEIVED', 'ITEM_NOT_RECEIVED', 'DAMAGED', 'EMPTY_PACKAGE_OR_DIFFERENT', 'MISSING_ITEMS')",
        "disputes_turn":          "reminders >= 0 AND extensions >= 0 AND extension_asked_s > 0",
        "disputes_assigned":      "(assigned_to_id IS NULL) = (assigned_at IS NULL)",
    },
}

INDEXES = {
    "offers_one_open":    "UNIQUE INDEX {name} ON offers (dispute_id, made_by) WHERE status = 'OPEN'",
    "disputes_reminder":  "INDEX {name} ON disputes (remind_at) WHERE status <> 'RESOLVED'",
}
# fmt: on

FILL = """
INSERT INTO offers (id, dispute_id, position, made_by, type, status, currency, amount_minor, return_paid_by, made_at, ended_at)
SELECT gen_random_uuid(), id, 1, 'BUYER',
       CASE asked WHEN 'REFUND_ONLY' THEN 'REFUND' ELSE 'REFUND_WITH_RETURN' END,
       CASE WHEN status IN ('AWAITING_SELLER', 'UNDER_REVIEW') THEN 'OPEN' ELSE 'EXPIRED' END,
       currency, requested_minor,
       CASE asked WHEN 'REFUND_ONLY' THEN NULL ELSE 'SELLER' END,
       opened_at,
       CASE WHEN status NOT IN ('AWAITING_SELLER', 'UNDER_REVIEW') THEN coalesce(closed_at, opened_at) END
FROM disputes;
UPDATE disputes SET approved_minor = requested_minor, return_paid_by = 'SELLER'
WHERE status IN ('AWAITING_RETURN', 'RETURN_IN_TRANSIT');
"""
NOTHING = "SELECT 1"


class Migration(LeanMigration):
    dependencies = [("models", "0009_store_credit")]
    operations = [
        ops.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "dispute",
                    fields.ForeignKeyField(
                        "models.Dispute",
                        source_field="dispute_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.SmallIntField()),
                ("made_by", fields.CharField(max_length=16)),
                ("author_id", fields.UUIDField(null=True)),
                ("by_rule", fields.IntField(null=True)),
                (
                    "type",
                    fields.CharEnumField(
                        description="OfferType", enum_type=OfferType, max_length=32
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="OfferStatus", enum_type=OfferStatus, max_length=32
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                (
                    "return_paid_by",
                    fields.CharEnumField(
                        null=True,
                        description="ShippingPayer",
                        enum_type=ShippingPayer,
                        max_length=32,
                    ),
                ),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "offers",
                "app": "models",
                "unique_together": (("dispute", "position"),),
                "pk_attr": "id",
                "table_description": "What one side proposes. The buyer's first one is what the dispute was opened with.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Dispute",
            name="assigned_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Dispute",
            name="assigned_to_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Dispute",
            name="extension_asked_s",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Dispute",
            name="extensions",
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Dispute",
            name="remind_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Dispute",
            name="reminders",
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Dispute",
            name="return_answer",
            field=fields.CharEnumField(
                null=True,
                description="ReturnAcknowledgement",
                enum_type=ReturnAcknowledgement,
                max_length=32,
            ),
        ),
        ops.AddField(
            model_name="Dispute",
            name="return_cost_minor",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Dispute",
            name="return_delivered_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Dispute",
            name="return_paid_by",
            field=fields.CharEnumField(
                null=True, description="ShippingPayer", enum_type=ShippingPayer, max_length=32
            ),
        ),
        ops.AddField(
            model_name="Dispute",
            name="waits_since",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        RunSQL(FILL, NOTHING),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
    ]
