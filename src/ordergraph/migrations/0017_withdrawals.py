"""Withdrawals, what they are about, and the documents that acknowledge them."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.withdrawals.models import DocumentKind

# fmt: off
CHECKS = {
    "order_lines": {
        "order_lines_exclusion_known": "excluded_from_withdrawal IN ('SERVICE_PERFORMED', 'PRICE_FLUCTUATES', 'CUSTOM_MADE', 'PERISHABLE', 'SEALED_HYGIENE', 'MIXED_INSEPARABLY', 'SEALED_MEDIA', 'PERIODICAL', 'DATED_SERVICE', 'DIGITAL')",
    },
    "dispute_lines": {
        "dispute_lines_amounts":    "amount_minor >= 0",
    },
    "documents": {
        "documents_kind_known":     "kind IN ('WITHDRAWAL_ACKNOWLEDGEMENT')",
        "documents_hash":           "sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')",
    },
    "withdrawals": {
        "withdrawals_amounts":      "amount_minor > 0 AND shipping_minor >= 0",
        "withdrawals_confirmed":    "num_nonnulls(dispute_id, cancellation_id) = (confirmed_at IS NOT NULL)::int AND (confirmed_at IS NULL) = (document_id IS NULL)",
        "withdrawals_in_time":      "confirmed_at < lapses_at",
    },
    "withdrawal_lines": {
        "withdrawal_lines_amounts": "quantity > 0 AND amount_minor >= 0",
    },
}

INDEXES = {
    "withdrawals_one_dispute":  "UNIQUE INDEX {name} ON withdrawals (dispute_id) WHERE dispute_id IS NOT NULL",
    "withdrawals_one_document": "UNIQUE INDEX {name} ON withdrawals (document_id) WHERE document_id IS NOT NULL",
}
# fmt: on

REASONS = """
INSERT INTO reasons (id, context, handle, labels, picked_by, fault, position, retired)
SELECT gen_random_uuid(), context, 'eu-withdrawal',
       '{"en": "Withdrawal from the contract (EU)", "de": "Widerruf des Vertrags (EU)"}',
       '["SYSTEM"]', 'NONE', 1000, false
FROM unnest(ARRAY['CANCELLATION', 'DISPUTE']) AS context
ON CONFLICT (context, handle) DO NOTHING
"""
KEPT = "SELECT 1"

APPEND_ONLY = ("documents",)
NEVER_EMPTIED = ("documents",)


class Migration(LeanMigration):
    dependencies = [("models", "0016_appeals")]

    initial = False

    operations = [
        ops.AddField(
            model_name="DisputeLine",
            name="amount_minor",
            field=fields.BigIntField(null=True),
        ),
        ops.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="DocumentKind", enum_type=DocumentKind, max_length=32
                    ),
                ),
                ("language", fields.CharField(max_length=2)),
                ("content", fields.TextField(unique=False)),
                ("sha256", fields.CharField(max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "documents",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A text as it was given to people: kept for good, never changed. `sha256` is of its UTF-8.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Withdrawal",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("contact_email", fields.CharField(null=True, max_length=254)),
                ("language", fields.CharField(max_length=2)),
                ("currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("shipping_minor", fields.BigIntField()),
                ("whole", fields.BooleanField()),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("lapses_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "confirmed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "send_back_by_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("refund_by_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "dispute",
                    fields.ForeignKeyField(
                        "models.Dispute",
                        source_field="dispute_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "cancellation",
                    fields.ForeignKeyField(
                        "models.Cancellation",
                        source_field="cancellation_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "document",
                    fields.ForeignKeyField(
                        "models.Document",
                        source_field="document_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "withdrawals",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A statement that somebody reviews, and its making. Amounts are minor units.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WithdrawalLine",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "withdrawal",
                    fields.ForeignKeyField(
                        "models.Withdrawal",
                        source_field="withdrawal_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "order_line",
                    fields.ForeignKeyField(
                        "models.OrderLine",
                        source_field="order_line_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("amount_minor", fields.BigIntField()),
            ],
            options={
                "table": "withdrawal_lines",
                "app": "models",
                "unique_together": (("withdrawal", "order_line"),),
                "pk_attr": "id",
                "table_description": "How many of an order's line, and what that gives back.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Dispute",
            name="refund_by_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="OrderLine",
            name="excluded_from_withdrawal",
            field=fields.CharEnumField(
                null=True,
                description="WithdrawalExclusion",
                enum_type=WithdrawalExclusion,
                max_length=32,
            ),
        ),
        RunSQL(REASONS, KEPT),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        guards.append_only(APPEND_ONLY),
        guards.never_emptied(NEVER_EMPTIED),
    ]
