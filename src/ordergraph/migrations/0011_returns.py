"""Returns: where goods go back to, which pieces, what it costs and who answers how fast."""

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    "dispute_lines": {
        "dispute_lines_quantity": "quantity > 0",
    },
    "return_addresses": {
        "return_addresses_version":  "version > 0",
        "return_addresses_country":  "country ~ '^[A-Z]{2}$'",
        "return_addresses_cost":     "(cost_minor IS NULL) = (currency IS NULL) AND cost_minor >= 0",
    },
    "payments": {
        # a label is bought whether or not the seller's money covers it; who owes is paid nothing
        "payments_returns_before_payouts": "return_cost_minor >= 0 AND (paid_out_minor = 0 OR refund_reserved_minor + refunded_minor + paid_out_minor + return_cost_minor <= captured_minor + platform_cost_minor)",
    },
    "ledger_entries": {
        "ledger_entries_return": "account <> 'RETURN_SHIPPING' OR (dispute_id IS NOT NULL AND amount_minor < 0)",
    },
    "disputes": {
        "disputes_return_agreed":    "return_cost_minor IS NULL OR return_paid_by IS NOT NULL",
        "disputes_return_delivered": "return_delivered_at IS NULL OR return_shipped_at IS NOT NULL",
    },
}
INDEXES = {
    "ledger_entries_one_return":    "UNIQUE INDEX {name} ON ledger_entries (dispute_id) WHERE account = 'RETURN_SHIPPING'",
    "return_addresses_one_current": "UNIQUE INDEX {name} ON return_addresses (seller_id) WHERE replaced_at IS NULL",
}
# fmt: on

# Who had answered before there was a column: the first thing that the seller did, or let pass.
FILL = """
UPDATE disputes d SET answered_at = first.at FROM (
    SELECT data->>'dispute_id' AS dispute_id, min(occurred_at) AS at FROM events
    WHERE type IN ('dispute.accepted', 'dispute.refused')
       OR type = 'dispute.closed_by_deadline' AND data->>'move' = 'SELLER_SILENT'
       OR type = 'dispute.escalated' AND actor_role = 'SYSTEM'
    GROUP BY data->>'dispute_id') AS first
WHERE first.dispute_id = d.id::text AND first.at >= d.opened_at;
"""
NOTHING = "SELECT 1"


class Migration(LeanMigration):
    dependencies = [("models", "0010_offers")]
    operations = [
        ops.CreateModel(
            name="DisputeLine",
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
            ],
            options={
                "table": "dispute_lines",
                "app": "models",
                "unique_together": (("dispute", "order_line"),),
                "pk_attr": "id",
                "table_description": "So many pieces of one order line that a dispute is about.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReturnAddress",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "seller",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="seller_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.IntField()),
                ("lines", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("country", fields.CharField(max_length=2)),
                ("cost_minor", fields.BigIntField(null=True)),
                ("currency", fields.CharField(null=True, max_length=3)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "replaced_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "return_addresses",
                "app": "models",
                "unique_together": (("seller", "version"),),
                "pk_attr": "id",
                "table_description": "Where a seller's goods go back to, and what that costs by the seller's own figure.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Dispute",
            name="answered_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="LedgerEntry",
            name="dispute_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Payment",
            name="return_cost_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        RunSQL(FILL, NOTHING),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
    ]
