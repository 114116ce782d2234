"""Orders that ended unpaid, expired ones too, are looked at again and again, and given up after days."""

from typing import Final

from tortoise import fields
from tortoise.migrations import operations as ops

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

CHECKS = {
    "orders": {
        "orders_looked_at": "payment_look_at IS NULL OR (status IN ('CANCELED', 'EXPIRED') AND paid_at IS NULL AND payment_given_up_at IS NULL)",
    },
}
INDEXES = {
    "orders_ended_unpaid": "INDEX {name} ON orders (payment_look_at) WHERE payment_look_at IS NOT NULL",
}
DROPPED: Final = {
    "orders_canceled_unpaid": "INDEX {name} ON orders (payment_due_at) WHERE status = 'CANCELED' AND paid_at IS NULL AND payment_given_up_at IS NULL",
}

STILL_WAITING: Final = """
UPDATE orders SET payment_look_at = payment_due_at
WHERE status = 'CANCELED' AND paid_at IS NULL AND payment_given_up_at IS NULL"""
"""Those that have not been looked at once, along the index that goes. It counted declined ones, too."""

LATELY: Final = """
UPDATE orders SET payment_look_at = now() + random() * interval '1 day', payment_given_up_at = NULL
FROM payments WHERE payments.order_id = orders.id AND payments.captured_at IS NULL AND payments.decline_reason IS NULL
AND orders.id >= (lpad(to_hex((extract(epoch FROM now() - interval '45 days') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
AND orders.status IN ('CANCELED', 'EXPIRED') AND orders.paid_at IS NULL AND orders.payment_look_at IS NULL
AND orders.payment_due_at > now() - interval '15 days'"""
"""Those that ended so lately that money may still come, or has come and nobody saw it: looked at in
the course of a day, not all at once. Their ids begin with the time, and no order waits for its
payment for more than 30 days, so the older ones are not read; they stay as they are.
"""

ANEW: Final = "DELETE FROM dead_letters WHERE work = 'order.canceled_unpaid'"
"""The look has another name: what failed under the old one is not left out of it."""


class Migration(LeanMigration):
    dependencies = [("models", "0022_fewer_indexes")]
    operations = [
        ops.AddField("Order", "payment_look_at", fields.DatetimeField(null=True)),
        ops.RunSQL([STILL_WAITING, LATELY, ANEW], []),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        guards.dropped(DROPPED),
    ]
