"""Keys of mutations, each with what came of it."""

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    "idempotency_keys": {
        "idempotency_keys_printable":   "key ~ '^[ -~]{1,255}$'",
        "idempotency_keys_fingerprint": "fingerprint ~ '^[0-9a-f]{64}$'",
        "idempotency_keys_result":      "(result_type IS NULL) = (result_ids IS NULL)",
    },
}

INDEXES = {
    "idempotency_keys_age": "INDEX {name} ON idempotency_keys (created_at)",
}
# fmt: on


class Migration(LeanMigration):
    dependencies = [("models", "0005_ledger")]
    operations = [
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("user_id", fields.UUIDField()),
                ("key", fields.CharField(max_length=255)),
                ("mutation", fields.CharField(max_length=64)),
                ("fingerprint", fields.CharField(max_length=64)),
                ("result_type", fields.CharField(null=True, max_length=64)),
                ("result_ids", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_keys",
                "app": "models",
                "unique_together": (("user_id", "key"),),
                "pk_attr": "id",
                "table_description": "One thing that one person meant to do, and which objects it came to. No text of people.",
            },
            bases=["Model"],
        ),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
    ]
