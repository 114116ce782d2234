"""Late requests to cancel: who ended them, with which words, and that none is left behind."""

from tortoise import fields
from tortoise.migrations.operations import AddField, RunSQL

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    # table: name → condition
    "cancellations": {
        "cancellations_status_known": "status IN ('REQUESTED','APPROVED','REJECTED','WITHDRAWN')",
        "cancellations_decided":      "(status = 'REQUESTED') = (decided_at IS NULL)",
        "cancellations_clock":        "status = 'APPROVED' OR response_due_at IS NOT NULL",
        "cancellations_answer":       "answer IS NULL OR (char_length(answer) BETWEEN 1 AND 1000 AND status = 'REJECTED')",
    },
}
# fmt: on

WHO_UP = "UPDATE cancellations SET decided_by = requested_by WHERE status = 'APPROVED'"
WHO_DOWN = "SELECT 1"

# Deferred: the order and its request change in one transaction, in whatever sequence.
NONE_LEFT_BEHIND_UP = """
CREATE FUNCTION ordergraph_no_request_left_behind() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF EXISTS (SELECT FROM cancellations WHERE order_id = NEW.id AND status = 'REQUESTED') THEN
        RAISE EXCEPTION 'cancellations_none_left_behind: order % still has an open request', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cancellations_none_left_behind
    AFTER UPDATE OF status ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status = 'PROCESSING' AND NEW.status <> 'PROCESSING')
    EXECUTE FUNCTION ordergraph_no_request_left_behind();
"""
NONE_LEFT_BEHIND_DOWN = """
DROP TRIGGER cancellations_none_left_behind ON orders;
DROP FUNCTION ordergraph_no_request_left_behind();
"""


class Migration(LeanMigration):
    dependencies = [("models", "0007_canceled_unpaid")]
    operations = [
        AddField("Cancellation", "decided_by", fields.CharField(null=True, max_length=16)),
        AddField("Cancellation", "answer", fields.TextField(null=True, unique=False)),
        RunSQL(WHO_UP, WHO_DOWN),
        guards.checks(CHECKS),
        RunSQL(NONE_LEFT_BEHIND_UP, NONE_LEFT_BEHIND_DOWN),
    ]
