"""The double-entry ledger: what its rows are, and that they balance and stay."""

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.payments.ledger.process import Account, Posting

# fmt: off
CHECKS = {
    "payments": {
        "payments_never_more_out": "paid_out_minor >= 0 AND platform_cost_minor >= 0 AND refund_reserved_minor + refunded_minor + paid_out_minor <= captured_minor + platform_cost_minor",
    },
    "ledger_entries": {
        "ledger_entries_amount":   "amount_minor <> 0",
    },
}
INDEXES = {
    "ledger_entries_lately": "INDEX {name} ON ledger_entries USING brin (at)",
    "events_lately":         "INDEX {name} ON events USING brin (occurred_at)",
    "refunds_open":          "INDEX {name} ON refunds (status, due_at) WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED')",
}
# fmt: on

APPEND_ONLY = ("ledger_entries",)
NEVER_EMPTIED = (
    "ledger_entries",
    "events",
    "messages",
    "read_marks",
    "sandbox_journal",
    "policies",
)

# All entries of one posting come in one INSERT (or COPY), so one look at what came with it is
# enough: deferring it to the commit would cost a call for each row (ADR 0010 has the figures).
BALANCED_UP = """
CREATE FUNCTION ordergraph_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong record;
BEGIN
    SELECT e.posting_id, sum(e.amount_minor) AS left_over INTO wrong
    FROM entered e LEFT JOIN payments p ON p.order_id = e.order_id AND p.currency = e.currency
    GROUP BY e.posting_id, e.order_id, e.currency
    HAVING sum(e.amount_minor) <> 0 OR count(*) <> count(p.id) LIMIT 1;
    IF FOUND AND wrong.left_over <> 0 THEN
        RAISE EXCEPTION 'posting % does not sum to zero', wrong.posting_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'posting % has no payment in this currency', wrong.posting_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_currency';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION ordergraph_balanced();
"""
BALANCED_DOWN = """
DROP TRIGGER ledger_entries_balanced ON ledger_entries;
DROP FUNCTION ordergraph_balanced();
"""

# What happened before there was a ledger. Promises that were called off leave nothing behind.
OPENING = """
UPDATE payments p SET paid_out_minor = captured_minor - refund_reserved_minor - refunded_minor
FROM orders o WHERE o.id = p.order_id AND o.status = 'COMPLETED';
WITH movement AS MATERIALIZED (
    SELECT gen_random_uuid() AS posting_id, past.*, o.seller_id
    FROM (
        SELECT order_id, 'CAPTURED' AS kind, currency, captured_minor AS minor, NULL::uuid AS refund_id, captured_at AS at
        FROM payments WHERE captured_minor > 0
        UNION ALL
        SELECT order_id, 'REFUND_PROMISED', currency, amount_minor, id, created_at
        FROM refunds WHERE status NOT IN ('FAILED', 'CANCELED')
        UNION ALL
        SELECT order_id, 'REFUND_SENT', currency, amount_minor, id, settled_at
        FROM refunds WHERE status = 'SUCCEEDED'
        UNION ALL
        SELECT order_id, 'PAID_OUT', p.currency, paid_out_minor, NULL, completed_at
        FROM payments p JOIN orders o ON o.id = order_id WHERE paid_out_minor > 0
    ) AS past JOIN orders o ON o.id = past.order_id)
INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, party_id, currency, amount_minor, refund_id, request_id, at)
SELECT gen_random_uuid(), posting_id, order_id, kind, account,
       CASE WHEN account IN ('SELLER_PAYABLE', 'PAID_OUT') THEN seller_id END,
       currency, sign * minor, refund_id, '', at
FROM movement JOIN (VALUES
    ('CAPTURED', 'CAPTURED', 1), ('CAPTURED', 'SELLER_PAYABLE', -1),
    ('REFUND_PROMISED', 'SELLER_PAYABLE', 1), ('REFUND_PROMISED', 'REFUND_RESERVED', -1),
    ('REFUND_SENT', 'REFUND_RESERVED', 1), ('REFUND_SENT', 'REFUNDED', -1),
    ('PAID_OUT', 'SELLER_PAYABLE', 1), ('PAID_OUT', 'PAID_OUT', -1)
) AS rule (kind, account, sign) USING (kind);
"""


class Migration(LeanMigration):
    dependencies = [("models", "0004_gateways")]
    operations = [
        ops.AddField(
            model_name="Payment",
            name="paid_out_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Payment",
            name="platform_cost_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.CreateModel(
            name="LedgerEntry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("posting_id", fields.UUIDField()),
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
                    fields.CharEnumField(description="Posting", enum_type=Posting, max_length=32),
                ),
                (
                    "account",
                    fields.CharEnumField(description="Account", enum_type=Account, max_length=32),
                ),
                ("party_id", fields.UUIDField(null=True)),
                ("currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("refund_id", fields.UUIDField(null=True)),
                ("request_id", fields.CharField(max_length=64)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "ledger_entries",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One line of a posting, in minor units: a debit is positive. Never changed, never deleted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reconciliation",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False, db_index=True)),
                ("since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("orders", fields.IntField()),
                ("journal_lines", fields.IntField()),
                ("differences", fields.IntField()),
                ("found", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("problem", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "reconciliations",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One look at the books. `problem`: why it could not be ended; then nothing is known.",
            },
            bases=["Model"],
        ),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        guards.append_only(APPEND_ONLY),
        guards.never_emptied(NEVER_EMPTIED),
        RunSQL(BALANCED_UP, BALANCED_DOWN),
        RunSQL(OPENING, RunSQL.noop),
    ]
