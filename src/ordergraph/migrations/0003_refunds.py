"""Who bears a refund, why it was held or given up, and where work that fails again and again ends."""

from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.kernel.actor import Role

# fmt: off
CHECKS = {
    "refunds": {
        "refunds_borne_by":       "borne_by IN ('SELLER', 'OPERATOR')",
        "refunds_note":           "char_length(note) <= 1000",
        "refunds_method_known":   "method IN ('ORIGINAL_PAYMENT', 'STORE_CREDIT', 'MANUAL')",
        "refunds_by_hand":        "method <> 'MANUAL' OR bank_reference IS NOT NULL",
        "refunds_held":           "(status = 'ON_HOLD') = (hold_until IS NOT NULL)",
        "refunds_action_due":     "(status = 'REQUIRES_ACTION') = (action_due_at IS NOT NULL)",
        "refunds_unanswered":     "unanswered >= 0",
    },
    "dead_letters": {
        "dead_letters_failures":  "failures >= 0",
    },
}

INDEXES = {
    "refunds_due_first":          "INDEX {name} ON refunds (due_at, id)",
    "refunds_due_first_by_status": "INDEX {name} ON refunds (status, due_at, id)",
    "dead_letters_dead":          "INDEX {name} ON dead_letters (last_failed_at, id) WHERE retry_at IS NULL",
}
# fmt: on

FILL = """
UPDATE refunds SET borne_by = 'SELLER', note = '', unanswered = 0,
    hold_until = CASE WHEN status = 'ON_HOLD' THEN coalesce(hold_until, due_at) END,
    action_due_at = CASE WHEN status = 'REQUIRES_ACTION' THEN coalesce(action_due_at, now()) END
"""
NOTHING = "SELECT 1"

# While a dispute is open it alone decides over the order's money. Whoever opens one or promises a
# refund holds the order's lock, so neither can slip past the other.
UNDISPUTED_UP = """
CREATE FUNCTION ordergraph_undisputed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM disputes WHERE order_id = NEW.order_id AND status <> 'RESOLVED') THEN
        RAISE EXCEPTION 'a dispute over order % is open', NEW.order_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refunds_undisputed BEFORE INSERT ON refunds
    FOR EACH ROW EXECUTE FUNCTION ordergraph_undisputed();
"""
UNDISPUTED_DOWN = (
    "DROP TRIGGER refunds_undisputed ON refunds; DROP FUNCTION ordergraph_undisputed();"
)


class Migration(LeanMigration):
    dependencies = [("models", "0002_guards")]
    operations = [
        ops.CreateModel(
            name="DeadLetter",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("work", fields.CharField(max_length=64)),
                ("row_id", fields.UUIDField()),
                ("problem", fields.CharField(max_length=200)),
                ("failures", fields.IntField()),
                ("first_failed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_failed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("retry_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "dead_letters",
                "app": "models",
                "unique_together": (("work", "row_id"),),
                "pk_attr": "id",
                "table_description": "A row of work that failed. `retry_at` is null once it is dead: a person must look at it.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Refund",
            name="borne_by",
            field=fields.CharEnumField(
                description="Role", enum_type=Role, max_length=32, null=True
            ),
        ),
        ops.AddField(
            model_name="Refund", name="note", field=fields.TextField(unique=False, null=True)
        ),
        ops.AddField(
            model_name="Refund", name="unanswered", field=fields.IntField(default=0, null=True)
        ),
        RunSQL(FILL, NOTHING),
        ops.AlterField(
            model_name="Refund",
            name="borne_by",
            field=fields.CharEnumField(description="Role", enum_type=Role, max_length=32),
        ),
        ops.AlterField(model_name="Refund", name="note", field=fields.TextField(unique=False)),
        ops.AlterField(model_name="Refund", name="unanswered", field=fields.IntField(default=0)),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        RunSQL(UNDISPUTED_UP, UNDISPUTED_DOWN),
    ]
