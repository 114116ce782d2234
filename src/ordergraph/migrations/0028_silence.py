"""Since when a refund's gateway has told nothing: how often it was asked says little of how long that is.

What waits in silence already is counted from its next attempt on.
"""

from tortoise import fields
from tortoise.migrations import operations as ops

from ordergraph.infra.migration import LeanMigration


class Migration(LeanMigration):
    dependencies = [("models", "0027_carriers_proof")]
    operations = [ops.AddField("Refund", "unanswered_since", fields.DatetimeField(null=True))]
