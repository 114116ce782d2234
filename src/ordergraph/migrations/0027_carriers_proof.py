"""How the carrier calls its proof that a parcel has come."""

from tortoise import fields
from tortoise.migrations import operations as ops

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

CHECKS = {
    "orders": {
        "orders_proven_by_carrier": "carrier_reference IS NULL OR delivered_by = 'GATEWAY'",
    },
}


class Migration(LeanMigration):
    dependencies = [("models", "0026_reminders")]
    operations = [
        ops.AddField("Order", "carrier_reference", fields.CharField(null=True, max_length=80)),
        guards.checks(CHECKS),
    ]
