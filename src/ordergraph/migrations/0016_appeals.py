"""Appeals, what they bring, and what the marketplace makes good to a seller because of one."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.appeals.process import AppealStatus
from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.kernel.actor import Role

# fmt: off
CHECKS = {
    "appeals": {
        "appeals_status_known": "status IN ('UNDER_REVIEW', 'GRANTED', 'DENIED', 'WITHDRAWN')",
        "appeals_made_by":      "made_by IN ('BUYER', 'SELLER')",
        "appeals_ended":        "(status = 'UNDER_REVIEW') = (ended_at IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL)",
        "appeals_amounts":      "asked_minor > 0 AND (status = 'GRANTED') = (granted_minor IS NOT NULL) AND granted_minor BETWEEN 0 AND asked_minor",
        "appeals_texts":        "char_length(statement) BETWEEN 1 AND 4000 AND char_length(answer) <= 1000",
    },
    "refunds": {
        "refunds_compensated": "compensated_minor BETWEEN 0 AND amount_minor",
    },
}

INDEXES = {
    "appeals_decision": "INDEX {name} ON appeals (decision_due_at) WHERE status = 'UNDER_REVIEW'",
}
# fmt: on

# As before, and an open appeal counts as a dispute; only what an appeal itself grants may go back
# while the other side's is still open.
UNDISPUTED_UP = """
CREATE OR REPLACE FUNCTION ordergraph_undisputed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM disputes WHERE order_id = NEW.order_id AND status <> 'RESOLVED') THEN
        RAISE EXCEPTION 'a dispute over order % is open', NEW.order_id USING ERRCODE = 'check_violation';
    ELSIF EXISTS (SELECT FROM appeals WHERE order_id = NEW.order_id AND status = 'UNDER_REVIEW')
      AND NOT EXISTS (SELECT FROM appeals WHERE id = NEW.cause_id AND order_id = NEW.order_id AND status = 'GRANTED') THEN
        RAISE EXCEPTION 'an appeal over order % is open', NEW.order_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
UNDISPUTED_DOWN = """
CREATE OR REPLACE FUNCTION ordergraph_undisputed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM disputes WHERE order_id = NEW.order_id AND status <> 'RESOLVED') THEN
        RAISE EXCEPTION 'a dispute over order % is open', NEW.order_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(LeanMigration):
    dependencies = [("models", "0015_operators")]
    operations = [
        ops.CreateModel(
            name="Appeal",
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
                    "status",
                    fields.CharEnumField(
                        description="AppealStatus", enum_type=AppealStatus, max_length=32
                    ),
                ),
                ("version", fields.IntField()),
                (
                    "made_by",
                    fields.CharEnumField(description="Role", enum_type=Role, max_length=32),
                ),
                ("statement", fields.TextField(unique=False)),
                ("currency", fields.CharField(max_length=3)),
                ("asked_minor", fields.BigIntField()),
                ("granted_minor", fields.BigIntField(null=True)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decision_due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "ended_by",
                    fields.CharEnumField(
                        null=True, description="Role", enum_type=Role, max_length=32
                    ),
                ),
                ("ended_by_id", fields.UUIDField(null=True)),
                ("answer", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "appeals",
                "app": "models",
                "unique_together": (("dispute", "made_by"),),
                "pk_attr": "id",
                "table_description": "One side's appeal against the operator's decision. Amounts are minor units.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Refund",
            name="compensated_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        RunSQL(UNDISPUTED_UP, UNDISPUTED_DOWN),
    ]
