"""What the database itself refuses, as tables that a migration turns into SQL.

Tortoise writes no CHECK for new tables and knows no partial index with IS NULL, so a migration
names them in `CHECKS`, `INDEXES`, `DROPPED` and `APPEND_ONLY`; tests/house/test_schema.py finds each of them
in the catalog.
"""

from collections.abc import Iterator, Mapping, Sequence

from tortoise.migrations.operations import RunSQL

Step = tuple[str, str]
"""A statement, and the one that takes it back."""


def checks(tables: Mapping[str, Mapping[str, str]]) -> RunSQL:
    """`tables`: for each table the name of each CHECK and its condition."""
    return together(
        (
            f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})",
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )
        for table, named in tables.items()
        for name, condition in named.items()
    )


def indexes(definitions: Mapping[str, str]) -> RunSQL:
    """`definitions`: such as `"orders_due": "INDEX {name} ON orders (due_at) WHERE …"`."""
    return together(
        (f"CREATE {definition.format(name=name)}", f"DROP INDEX {name}")
        for name, definition in definitions.items()
    )


def dropped(definitions: Mapping[str, str]) -> RunSQL:
    """Indexes of earlier migrations that nothing needs any more, as they were defined there."""
    return together(
        (f"DROP INDEX {name}", f"CREATE {definition.format(name=name)}")
        for name, definition in definitions.items()
    )


def append_only(tables: Sequence[str]) -> RunSQL:
    """Let nobody change or delete a row of these tables (migration 0002 made the function)."""
    return together(
        (
            (
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION ordergraph_never_change()"
            ),
            f"DROP TRIGGER {table}_append_only ON {table}",
        )
        for table in tables
    )


def never_emptied(tables: Sequence[str]) -> RunSQL:
    """Let nobody TRUNCATE these tables: triggers of rows do not see that."""
    return together(
        (
            (
                f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ordergraph_never_change()"
            ),
            f"DROP TRIGGER {table}_never_emptied ON {table}",
        )
        for table in tables
    )


def together(steps: Iterator[Step] | Sequence[Step]) -> RunSQL:
    """One operation for all: Tortoise copies every model before each."""
    done = list(steps)
    return RunSQL([up for up, _ in done], [down for _, down in reversed(done)])
