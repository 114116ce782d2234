"""Operators: what they decide and propose, the templates they use, and the queue they work off."""

from uuid import uuid4

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.disputes.decisions.process import DecisionOutcome, DecisionStatus
from ordergraph.disputes.words import ShippingPayer
from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    "decision_templates": {
        "decision_templates_outcome": "outcome IN ('FULL', 'PART', 'NONE', 'WITH_RETURN')",
    },
    "decisions": {
        "decisions_amount":       "amount_minor >= 0 AND (outcome = 'NONE') = (amount_minor = 0)",
        "decisions_outcome":      "outcome IN ('FULL', 'PART', 'NONE', 'WITH_RETURN') AND (outcome = 'WITH_RETURN') = (return_paid_by IS NOT NULL)",
        "decisions_payer_known":  "return_paid_by IN ('BUYER', 'SELLER', 'PLATFORM')",
        "decisions_status_known": "status IN ('PROPOSED', 'CONFIRMED', 'REJECTED', 'SUPERSEDED', 'VOID', 'OVERTAKEN')",
        "decisions_carried_out":  "(status IN ('CONFIRMED', 'OVERTAKEN')) = (decided_at IS NOT NULL) AND (decided_at IS NULL) = (confirmed_by_id IS NULL)",
        "decisions_ended":        "(status IN ('PROPOSED', 'CONFIRMED')) = (ended_at IS NULL)",
        "decisions_texts":        "char_length(note) <= 1000 AND char_length(answer) <= 1000",
    },
}

INDEXES = {
    "decisions_one_proposed":  "UNIQUE INDEX {name} ON decisions (dispute_id) WHERE status = 'PROPOSED'",
    "decisions_one_confirmed": "UNIQUE INDEX {name} ON decisions (dispute_id) WHERE status = 'CONFIRMED'",
    "disputes_queue":          "INDEX {name} ON disputes (decision_due_at, id) WHERE status = 'UNDER_REVIEW' OR stage = 'APPEAL'",
}
# fmt: on

# What was decided never changes; only what became of it does, and that once at a time.
KEPT_UP = """
CREATE FUNCTION ordergraph_decision_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE course text[] := '{status,decided_at,confirmed_by_id,ended_at,ended_by_id,answer}';
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - course <> to_jsonb(NEW) - course
       OR OLD.status NOT IN ('PROPOSED', 'CONFIRMED') OR OLD.decided_at <> NEW.decided_at THEN
        RAISE EXCEPTION 'decisions is append-only but for what becomes of a decision'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_kept BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION ordergraph_decision_kept();
"""
KEPT_DOWN = "DROP TRIGGER decisions_kept ON decisions; DROP FUNCTION ordergraph_decision_kept();"

# What operators decided before decisions were rows of their own; the timeline knows who it was.
FILL = """
INSERT INTO decisions (id, dispute_id, status, outcome, currency, amount_minor, template_labels,
                       template_texts, note, made_by_id, made_at, decided_at, confirmed_by_id)
SELECT gen_random_uuid(), d.id, 'CONFIRMED',
       CASE d.outcome WHEN 'REFUNDED_FULL' THEN 'FULL' WHEN 'REFUNDED_PARTIAL' THEN 'PART' ELSE 'NONE' END,
       d.currency, coalesce(d.approved_minor, 0), '{}', '{}', coalesce(d.decision_note, ''),
       e.actor_id, d.closed_at, d.closed_at, e.actor_id
FROM disputes d
JOIN events e ON e.order_id = d.order_id AND e.type = 'dispute.decided' AND e.data->>'dispute_id' = d.id::text
WHERE d.decided_by = 'OPERATOR' AND e.actor_id IS NOT NULL;
"""


class Migration(LeanMigration):
    dependencies = [("models", "0014_quiet")]
    operations = [
        ops.CreateModel(
            name="DecisionTemplate",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("handle", fields.CharField(unique=True, max_length=40)),
                ("labels", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("texts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                (
                    "outcome",
                    fields.CharEnumField(
                        description="DecisionOutcome", enum_type=DecisionOutcome, max_length=32
                    ),
                ),
                ("reason_handle", fields.CharField(null=True, max_length=40)),
                ("position", fields.SmallIntField()),
                ("retired", fields.BooleanField(default=False)),
            ],
            options={
                "table": "decision_templates",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What operators often decide, in words for the parties; `reason_handle`: for which reason.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
                        description="DecisionStatus", enum_type=DecisionStatus, max_length=32
                    ),
                ),
                (
                    "outcome",
                    fields.CharEnumField(
                        description="DecisionOutcome", enum_type=DecisionOutcome, max_length=32
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
                ("template_handle", fields.CharField(null=True, max_length=40)),
                ("template_labels", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("template_texts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("note", fields.TextField(unique=False)),
                ("made_by_id", fields.UUIDField()),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("confirmed_by_id", fields.UUIDField(null=True)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_by_id", fields.UUIDField(null=True)),
                ("answer", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "decisions",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What an operator decided. Of its columns only `status` and what says how it ended change.",
            },
            bases=["Model"],
        ),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        RunSQL(FILL, RunSQL.noop),
        RunSQL(KEPT_UP, KEPT_DOWN),
    ]
