"""Orders that were canceled unpaid are looked at once more when their payment was due."""

from tortoise import fields
from tortoise.migrations import operations as ops

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

INDEXES = {
    "orders_canceled_unpaid": "INDEX {name} ON orders (payment_due_at) WHERE status = 'CANCELED' AND paid_at IS NULL AND payment_given_up_at IS NULL",
}


class Migration(LeanMigration):
    dependencies = [("models", "0006_idempotency")]
    operations = [
        ops.AddField("Order", "payment_given_up_at", fields.DatetimeField(null=True)),
        guards.indexes(INDEXES),
    ]
