"""What the database itself refuses, and the indexes that sweeps and lists read."""

from tortoise.migrations.operations import RunSQL

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    # table: name → condition
    "orders": {
        "orders_total_positive":   "total_minor > 0 AND shipping_minor >= 0 AND shipping_minor <= total_minor",
        "orders_two_parties":      "buyer_id <> seller_id",
        "orders_status_known":     "status IN ('PENDING_PAYMENT','PROCESSING','SHIPPED','DELIVERED','COMPLETED','CANCELED','EXPIRED')",
        "orders_canceled_not_shipped": "NOT (canceled_at IS NOT NULL AND shipped_at IS NOT NULL)",
        "orders_canceled_at":      "(status = 'CANCELED') = (canceled_at IS NOT NULL)",
        "orders_shipped_at":       "(status IN ('SHIPPED','DELIVERED','COMPLETED')) = (shipped_at IS NOT NULL)",
        "orders_window":           "(paid_at IS NULL) = (cancelable_until IS NULL)",
    },
    "order_lines": {
        "order_lines_quantities":  "quantity > 0 AND canceled_quantity >= 0 AND returned_quantity >= 0 AND canceled_quantity + returned_quantity <= quantity",
        "order_lines_amounts":     "unit_price_minor >= 0 AND discount_minor >= 0 AND tax_minor >= 0 AND paid_minor >= 0",
        "order_lines_refunded":    "refunded_minor >= 0 AND refunded_minor <= paid_minor",
    },
    "payments": {
        "payments_never_more_back": "refund_reserved_minor >= 0 AND refunded_minor >= 0 AND refund_reserved_minor + refunded_minor <= captured_minor",
        "payments_amounts":         "amount_minor > 0 AND captured_minor >= 0",
    },
    "refunds": {
        "refunds_amount_positive": "amount_minor > 0 AND shipping_minor >= 0",
        "refunds_status_known":    "status IN ('SCHEDULED','ON_HOLD','PROCESSING','PENDING','REQUIRES_ACTION','SUCCEEDED','FAILED','CANCELED')",
        "refunds_settled":         "(status = 'SUCCEEDED') = (settled_at IS NOT NULL)",
        "refunds_next_attempt":    "(status IN ('PROCESSING','PENDING')) = (next_attempt_at IS NOT NULL)",
    },
    "refund_lines": {
        "refund_lines_amounts":    "quantity >= 0 AND amount_minor >= 0",
    },
    "cancellation_lines": {
        "cancellation_lines_quantity": "quantity > 0",
    },
    "disputes": {
        "disputes_amounts":        "requested_minor > 0 AND (approved_minor IS NULL OR (approved_minor >= 0 AND approved_minor <= requested_minor))",
        "disputes_status_known":   "status IN ('AWAITING_SELLER','AWAITING_BUYER','AWAITING_RETURN','RETURN_IN_TRANSIT','UNDER_REVIEW','RESOLVED')",
        "disputes_resolved":       "(status = 'RESOLVED') = (closed_at IS NOT NULL) AND (status = 'RESOLVED') = (outcome IS NOT NULL)",
        "disputes_texts":          "char_length(description) BETWEEN 1 AND 4000 AND char_length(decision_note) <= 1000",
    },
    "messages": {
        "messages_body":           "char_length(body) BETWEEN 1 AND 4000",
        "messages_position":       "position > 0",
    },
    "cancellations": {
        "cancellations_note":      "char_length(note) <= 1000",
    },
    "sandbox_journal": {
        "sandbox_journal_amount":  "amount_minor > 0 AND kind IN ('CAPTURE', 'REFUND')",
    },
    "notifications": {
        "notifications_side":      "side IN ('BUYER', 'SELLER') AND position > 0",
    },
    "test_clock": {
        "test_clock_forward":      "id = 1 AND ahead >= interval '0'",
    },
}

INDEXES = {
    # name → definition; UNIQUE ones are rules, the partial ones are what sweeps read
    "payments_one_per_order":       "UNIQUE INDEX {name} ON payments (order_id)",
    "cancellations_one_open":       "UNIQUE INDEX {name} ON cancellations (order_id) WHERE status = 'REQUESTED'",
    "cancellations_one_whole":      "UNIQUE INDEX {name} ON cancellations (order_id) WHERE whole AND status = 'APPROVED'",
    "disputes_one_open":            "UNIQUE INDEX {name} ON disputes (order_id) WHERE status <> 'RESOLVED'",
    "refund_attempts_one_in_flight": "UNIQUE INDEX {name} ON refund_attempts (refund_id) WHERE finished_at IS NULL",
    "sandbox_journal_one_capture":  "UNIQUE INDEX {name} ON sandbox_journal (payment_reference) WHERE kind = 'CAPTURE'",
    "sandbox_journal_one_refund":   "UNIQUE INDEX {name} ON sandbox_journal (reference) WHERE kind = 'REFUND'",

    "orders_of_buyer":              "INDEX {name} ON orders (buyer_id, placed_at DESC, id DESC)",
    "orders_of_seller":             "INDEX {name} ON orders (seller_id, placed_at DESC, id DESC)",
    "orders_of_buyer_by_status":    "INDEX {name} ON orders (buyer_id, status, placed_at DESC, id DESC)",
    "orders_of_seller_by_status":   "INDEX {name} ON orders (seller_id, status, placed_at DESC, id DESC)",
    "notifications_unread":         "INDEX {name} ON notifications (user_id) WHERE read_at IS NULL",

    "orders_payment_due":           "INDEX {name} ON orders (payment_due_at) WHERE status = 'PENDING_PAYMENT'",
    "orders_window_open":           "INDEX {name} ON orders (cancelable_until) WHERE status = 'PROCESSING' AND window_closed_at IS NULL",
    "orders_ship_by":               "INDEX {name} ON orders (ship_by_at) WHERE status = 'PROCESSING'",
    "orders_presumed_delivered":    "INDEX {name} ON orders (presumed_delivered_at) WHERE status = 'SHIPPED' AND disputed_at IS NULL",
    "orders_protection":            "INDEX {name} ON orders (protection_ends_at) WHERE status = 'DELIVERED' AND disputed_at IS NULL",
    "refunds_due":                  "INDEX {name} ON refunds (due_at) WHERE status = 'SCHEDULED'",
    "refunds_held":                 "INDEX {name} ON refunds (hold_until) WHERE status = 'ON_HOLD'",
    "refunds_to_attempt":           "INDEX {name} ON refunds (next_attempt_at) WHERE status IN ('PROCESSING', 'PENDING')",
    "refunds_action_due":           "INDEX {name} ON refunds (action_due_at) WHERE status = 'REQUIRES_ACTION'",
    "cancellations_response_due":   "INDEX {name} ON cancellations (response_due_at) WHERE status = 'REQUESTED'",
    "disputes_newest":              "INDEX {name} ON disputes (opened_at DESC, id DESC)",
    "disputes_by_status":           "INDEX {name} ON disputes (status, opened_at DESC, id DESC)",
    "disputes_seller_response":     "INDEX {name} ON disputes (seller_response_due_at) WHERE status = 'AWAITING_SELLER'",
    "disputes_buyer_response":      "INDEX {name} ON disputes (buyer_response_due_at) WHERE status = 'AWAITING_BUYER'",
    "disputes_negotiation":         "INDEX {name} ON disputes (negotiation_ends_at) WHERE status IN ('AWAITING_SELLER', 'AWAITING_BUYER')",
    "disputes_return_ship":         "INDEX {name} ON disputes (return_ship_by_at) WHERE status = 'AWAITING_RETURN'",
    "disputes_return_acknowledge":  "INDEX {name} ON disputes (return_acknowledge_by_at) WHERE status = 'RETURN_IN_TRANSIT'",
    "disputes_decision":            "INDEX {name} ON disputes (decision_due_at) WHERE status = 'UNDER_REVIEW'",
}
# fmt: on

APPEND_ONLY = ("events", "messages", "read_marks", "sandbox_journal", "policies")

CLOCK_UP = """
CREATE TABLE test_clock (id int PRIMARY KEY, ahead interval NOT NULL);
CREATE FUNCTION ordergraph_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT clock_timestamp() + coalesce((SELECT ahead FROM test_clock), interval '0') $$;
"""
CLOCK_DOWN = "DROP FUNCTION ordergraph_now(); DROP TABLE test_clock;"

NEVER_CHANGE_UP = """
CREATE FUNCTION ordergraph_never_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
"""
NEVER_CHANGE_DOWN = "DROP FUNCTION ordergraph_never_change();"


class Migration(LeanMigration):
    dependencies = [("models", "0001_initial")]
    operations = [
        RunSQL(CLOCK_UP, CLOCK_DOWN),
        RunSQL(NEVER_CHANGE_UP, NEVER_CHANGE_DOWN),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        guards.append_only(APPEND_ONLY),
    ]
