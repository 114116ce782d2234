"""What a buyer has as store credit is found by the buyer."""

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

INDEXES = {
    "ledger_entries_store_credit": "INDEX {name} ON ledger_entries (party_id) WHERE account = 'STORE_CREDIT'",
}


class Migration(LeanMigration):
    dependencies = [("models", "0008_policies")]
    operations = [guards.indexes(INDEXES)]
