"""What a buyer has as store credit is found by the buyer."""

from tortoise import migrations

from ordergraph.infra import guards

INDEXES = {
    "ledger_entries_store_credit": "INDEX {name} ON ledger_entries (party_id) WHERE account = 'STORE_CREDIT'",
}


class Migration(migrations.Migration):
    dependencies = [("models", "0008_policies")]
    operations = [guards.indexes(INDEXES)]
