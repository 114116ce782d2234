"""docs/scale.md: which tables could lie on many servers, by what, and what of the schema stands against it.

Citus wants the column by which a table is distributed in each unique index, and in each foreign key
between two distributed tables (on both sides). What lacks it today is listed here by name; of a table
that lacks the column itself, nothing fits before it has one.
"""

from typing import Any, Final

from tortoise import connections

ORDER: Final = "order_id"
USER: Final = "user_id"

# fmt: off
DISTRIBUTED: Final = {
    # table               by, None: needs a column order_id before
    "orders":             "id",
    "order_lines":        ORDER,
    "open_windows":       ORDER,
    "payments":           ORDER,
    "refunds":            ORDER,
    "refund_lines":       None,
    "refund_attempts":    None,
    "cancellations":      ORDER,
    "cancellation_lines": None,
    "withdrawals":        ORDER,
    "reminders":          ORDER,
    "withdrawal_lines":   None,
    "documents":          ORDER,
    "attachments":        ORDER,
    "disputes":           ORDER,
    "dispute_lines":      None,
    "appeals":            ORDER,
    "decisions":          None,
    "evidence":           None,
    "messages":           None,
    "offers":             None,
    "internal_notes":     None,
    "private_limits":     None,
    "read_marks":         None,
    "events":             ORDER,
    "ledger_entries":     ORDER,
    # a person's own, which nothing of an order points at
    "notifications":      USER,
    "idempotency_keys":   USER,
    "acquaintances":      USER,
}
REFERENCE: Final = frozenset({  # small, and wanted everywhere: a copy on each server
    "users", "reasons", "policies", "decision_templates", "return_addresses", "seller_rules", "test_clock",
    "revoked_tokens", "revoked_users",
})
COORDINATOR: Final = {
    # stays on one server, and why
    "outbox":              "its numbers are one sequence, and it is empty when all is told",
    "mails":               "a queue of its own, by notification",
    "dead_letters":        "what is in trouble, of any kind",
    "gateway_events":      "one provider's event, before anybody knows of which order",
    "reconciliations":     "a line a day",
    "webhook_endpoints":   "a few",
    "webhook_deliveries":  "a queue of its own, by endpoint",
    "webhook_attempts":    "a queue of its own, by endpoint",
    "sandbox_journal":     "the sandbox's, never in production",
    "tortoise_migrations": "the tool's own",
}
WITH_IT: Final = "with order_id in front; it means the same, because what it names is of one order"
UNIQUE_ANEW: Final = {
    # unique index                  what keeps its promise then
    "orders_number_key":            "a table of numbers alone, distributed by number",
    "attachments_storage_key_key":  "nothing: the keys are drawn, and too long to come twice",
    "attachments_hung":             WITH_IT,
    "ledger_entries_one_return":    WITH_IT,
    "uid_appeals_dispute_dddab2":   WITH_IT,
    "uid_refunds_cause_a1c186":     WITH_IT,
    "withdrawals_one_dispute":      WITH_IT,
    "withdrawals_one_document":     WITH_IT,
}
POINTS_ANEW: Final = {
    # foreign key                   as what it is declared then
    "appeals.dispute_id":           WITH_IT,
    "refunds.payment_id":           WITH_IT,
    "withdrawals.cancellation_id":  WITH_IT,
    "withdrawals.dispute_id":       WITH_IT,
    "withdrawals.document_id":      WITH_IT,
}
# fmt: on
COLUMNS: Final = """
SELECT relname AS table, array_agg(attname::text) AS columns
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace GROUP BY 1"""
UNIQUE: Final = """
SELECT indrelid::regclass::text AS table, indexrelid::regclass::text AS name, indisprimary AS primary,
       array(SELECT attname::text FROM pg_attribute
             WHERE attrelid = indrelid AND attnum = ANY (indkey)) AS columns
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE indisunique AND relnamespace = 'public'::regnamespace"""
POINTERS: Final = """
SELECT conrelid::regclass::text AS table, confrelid::regclass::text AS at, attname::text AS column
FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE contype = 'f' AND connamespace = 'public'::regnamespace"""


async def _query(sql: str) -> list[dict[str, Any]]:
    return await connections.get("default").execute_query_dict(sql)


async def test_every_table_has_its_place(database: str) -> None:  # noqa: ARG001  (it needs the database)
    columns = {row["table"]: row["columns"] for row in await _query(COLUMNS)}

    assert sorted(columns) == sorted([*DISTRIBUTED, *REFERENCE, *COORDINATOR])
    for table, by in DISTRIBUTED.items():
        assert (by or ORDER) in columns[table] or by is None
        assert by is not None or ORDER not in columns[table]


async def test_unique_indexes_hold_the_column_or_are_listed(database: str) -> None:  # noqa: ARG001  (it needs the database)
    misfits = {
        row["name"]
        for row in await _query(UNIQUE)
        if (by := DISTRIBUTED.get(row["table"])) and not row["primary"] and by not in row["columns"]
    }

    assert misfits == set(UNIQUE_ANEW)


async def test_primary_keys_are_ids_of_their_own(database: str) -> None:  # noqa: ARG001  (it needs the database)
    """So (order_id, id) may stand in their place: it is as unique."""
    keys = {row["table"]: row["columns"] for row in await _query(UNIQUE) if row["primary"]}

    others = {table: keys[table] for table in DISTRIBUTED if keys[table] != ["id"]}
    assert others == {"acquaintances": [USER], "open_windows": [ORDER]}


async def test_foreign_keys_hold_the_column_or_are_listed(database: str) -> None:  # noqa: ARG001  (it needs the database)
    found = [row for row in await _query(POINTERS) if row["table"] not in REFERENCE]
    misfits = {
        f"{row['table']}.{row['column']}"
        for row in found
        if (by := DISTRIBUTED.get(row["table"])) and row["at"] not in REFERENCE
        if (row["at"], row["column"]) != ("orders", by)
    }
    across = {
        (row["table"], row["at"])
        for row in found
        if row["table"] in COORDINATOR and row["at"] in DISTRIBUTED
    }

    assert misfits == set(POINTS_ANEW)
    assert across == {("mails", "notifications")}, (
        "Citus has no foreign key from a local table to these"
    )
