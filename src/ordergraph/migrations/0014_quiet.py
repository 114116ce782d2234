"""Private limits, which no dispute outlives; what sellers answer by rule; whose disputes are open."""

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
    "private_limits": {
        "private_limits_side":    "side IN ('BUYER', 'SELLER')",
        "private_limits_amount":  "amount_minor > 0",
        "private_limits_changes": "changes BETWEEN 0 AND 5 AND (amount_minor IS NULL OR changes > 0)",
    },
    "seller_rules": {
        "seller_rules_version":   "version > 0",
        "seller_rules_list":      "jsonb_typeof(rules) = 'array'",
    },
}

INDEXES = {
    "orders_in_dispute": "INDEX {name} ON orders (buyer_id) WHERE disputed_at IS NOT NULL",
}
# fmt: on

APPEND_ONLY = ("seller_rules",)
NEVER_EMPTIED = APPEND_ONLY

# Deferred: the dispute and its limits change in one transaction, in whatever sequence.
NONE_LEFT_BEHIND_UP = """
CREATE FUNCTION ordergraph_no_limit_left_behind() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF EXISTS (SELECT FROM private_limits WHERE dispute_id = NEW.id) THEN
        RAISE EXCEPTION 'private_limits_none_left_behind: dispute % has come to terms', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER private_limits_none_left_behind
    AFTER UPDATE OF status ON disputes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.status IN ('RESOLVED', 'AWAITING_RETURN'))
    EXECUTE FUNCTION ordergraph_no_limit_left_behind();
"""
NONE_LEFT_BEHIND_DOWN = """
DROP TRIGGER private_limits_none_left_behind ON disputes;
DROP FUNCTION ordergraph_no_limit_left_behind();
"""


class Migration(LeanMigration):
    dependencies = [("models", "0013_thread")]
    operations = [
        ops.CreateModel(
            name="PrivateLimit",
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
                ("side", fields.CharField(max_length=16)),
                ("owner_id", fields.UUIDField()),
                ("amount_minor", fields.BigIntField(null=True)),
                ("changes", fields.SmallIntField()),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "private_limits",
                "app": "models",
                "unique_together": (("dispute", "side"),),
                "pk_attr": "id",
                "table_description": "The least the buyer takes, or the most the seller gives, in minor units of the dispute's currency.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SellerRules",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("seller_id", fields.UUIDField()),
                ("version", fields.IntField()),
                ("rules", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("published_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "seller_rules",
                "app": "models",
                "unique_together": (("seller_id", "version"),),
                "pk_attr": "id",
                "table_description": "All rules of one seller from that moment on: at most one for each currency.",
            },
            bases=["Model"],
        ),
        RunSQL(NONE_LEFT_BEHIND_UP, NONE_LEFT_BEHIND_DOWN),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        guards.append_only(APPEND_ONLY),
        guards.never_emptied(NEVER_EMPTIED),
    ]
