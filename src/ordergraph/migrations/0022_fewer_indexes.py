"""Foreign keys with which another index begins have none of their own: each is written at every change."""

from typing import Any, Final

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from ordergraph.infra.migration import LeanMigration

# fmt: off
COVERED: Final = {
    # model, foreign key              whom it points at     the index that begins with it
    ("Order", "buyer"):               "models.User",      # orders_of_buyer
    ("Order", "seller"):              "models.User",      # orders_of_seller
    ("OrderLine", "order"):           "models.Order",     # UNIQUE (order_id, position)
    ("Payment", "order"):             "models.Order",     # payments_one_per_order
    ("RefundLine", "refund"):         "models.Refund",    # UNIQUE (refund_id, order_line_id)
    ("RefundAttempt", "refund"):      "models.Refund",    # UNIQUE (refund_id, number)
}
# fmt: on


def _plain(name: str, model: str) -> Any:
    kind: Any = fields.ForeignKeyField
    return kind(
        model,
        source_field=f"{name}_id",
        db_index=False,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


class Migration(LeanMigration):
    dependencies = [("models", "0020_acquaintances")]
    operations = [
        ops.AlterField(model_name=owner, name=name, field=_plain(name, model))
        for (owner, name), model in COVERED.items()
    ]
