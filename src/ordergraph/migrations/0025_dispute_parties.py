"""A dispute names the two parties of its order, so that either's own disputes stand in an index."""

from typing import Final

from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

INDEXES: Final = {
    "disputes_of_buyer": "INDEX {name} ON disputes (buyer_id, status, opened_at DESC, id DESC)",
    "disputes_of_seller": "INDEX {name} ON disputes (seller_id, status, opened_at DESC, id DESC)",
}

# Whoever opens a dispute: a version that does not know the columns, too.
NAMED: Final = (
    """
CREATE FUNCTION ordergraph_name_parties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT buyer_id, seller_id INTO NEW.buyer_id, NEW.seller_id FROM orders WHERE id = NEW.order_id;
    RETURN NEW;
END $$;
CREATE TRIGGER disputes_name_parties BEFORE INSERT ON disputes FOR EACH ROW
EXECUTE FUNCTION ordergraph_name_parties()""",
    "DROP TRIGGER disputes_name_parties ON disputes; DROP FUNCTION ordergraph_name_parties()",
)

EARLIER: Final = """
UPDATE disputes d SET buyer_id = o.buyer_id, seller_id = o.seller_id
FROM orders o WHERE o.id = d.order_id"""


class Migration(LeanMigration):
    dependencies = [("models", "0024_open_windows")]
    operations = [
        ops.AddField("Dispute", "buyer_id", fields.UUIDField(null=True)),
        ops.AddField("Dispute", "seller_id", fields.UUIDField(null=True)),
        guards.together([NAMED]),
        RunSQL(EARLIER, RunSQL.noop),
        ops.AlterField("Dispute", "buyer_id", fields.UUIDField()),
        ops.AlterField("Dispute", "seller_id", fields.UUIDField()),
        guards.indexes(INDEXES),
    ]
