"""Orders that were canceled unpaid are looked at once more when their payment was due."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from ordergraph.infra import guards

INDEXES = {
    "orders_canceled_unpaid": "INDEX {name} ON orders (payment_due_at) WHERE status = 'CANCELED' AND paid_at IS NULL AND payment_given_up_at IS NULL",
}


class Migration(migrations.Migration):
    dependencies = [("models", "0006_idempotency")]
    operations = [
        ops.AddField("Order", "payment_given_up_at", fields.DatetimeField(null=True)),
        guards.indexes(INDEXES),
    ]
