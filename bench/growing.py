"""A market that grows to any size within Postgres: copies of a seeded one, each with people of its own.

A person keeps as many orders as before; there are more people. Ids, numbers, keys and foreign keys
of the copies are valid: all constraints and indexes are dropped before and made again after, and so
everything is checked. Only what events say in their data, and their hashes, is that of the original.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from ordergraph.kernel.actor import user_id_of
from seeds import big

TABLES: Final = tuple(str(model.describe()["table"]) for model in big.TABLES)
PEOPLE: Final = frozenset({
    "buyer_id", "seller_id", "requested_by_id", "author_id", "actor_id", "party_id", "assigned_to_id",
})  # fmt: skip
"""Columns that hold a user's id."""
SHARED: Final = frozenset({"reason_id"})
"""Columns whose ids are the same in every copy."""
NAMES: Final = frozenset({"number", "idempotency_key"})
"""Text that comes once in its table."""

NTH: Final = "lpad(to_hex(copy.nth), 4, '0')"
COPIED_ID: Final = """\
overlay(row.{0}::text PLACING
    lpad(to_hex(('x' || right(row.{0}::text, 4))::bit(16)::int # copy.nth), 4, '0') FROM 33)::uuid"""
"""An id's last four digits, exclusive or the copy's number: no two copies of any id are equal."""
MOST_COPIES: Final = 0xFFFF
QUICKLY: Final = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'3GB'"}
"""For the whole server while it is filled: what a crash would break is made again."""

COLUMNS: Final = """
SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
CONSTRAINTS: Final = """
SELECT conname AS name, conrelid::regclass::text AS of, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
AND (contype = 'f' OR contype IN ('p', 'u') AND conrelid = ANY ($1::text[]::regclass[]))
ORDER BY contype = 'f' DESC, conname"""
INDEXES: Final = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
WHERE indrelid = ANY ($1::text[]::regclass[])
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""


async def remember(connection: Any) -> None:
    """Keep what stands there now: this is what is copied, whatever happens to it later."""
    await connection.execute("CREATE SCHEMA original")
    for table in (*TABLES, "users"):
        await connection.execute(f"CREATE TABLE original.{table} AS TABLE {table}")
    await connection.execute(
        "CREATE TABLE original.people (nth int, of uuid, id uuid, external_id text)"
    )


async def grow(connection: Any, copies: int) -> None:
    """Add so many copies of what is remembered."""
    assert 0 <= copies <= MOST_COPIES, "four hexadecimal digits tell them apart"
    if not copies:
        return
    await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
    await _invite(connection, copies)
    async with _unchecked(connection):
        for table in TABLES:
            await connection.execute(await _copying(connection, table), copies)
    await connection.execute("VACUUM (ANALYZE)")  # as after a night's rest


async def _invite(connection: Any, copies: int) -> None:
    """Everybody once more for each copy. An id follows from the name, so it is found here."""
    users = await connection.fetch("SELECT id, external_id FROM original.users")
    people: list[tuple[int, UUID, UUID, str]] = []
    for nth in range(1, copies + 1):
        for user in users:
            name = f"{user['external_id']}-{nth}"
            people.append((nth, user["id"], user_id_of(name), name))
    await connection.copy_records_to_table("people", schema_name="original", records=people)
    await connection.execute("CREATE UNIQUE INDEX ON original.people (of, nth) INCLUDE (id)")
    await connection.execute("""
        INSERT INTO users (id, external_id, display_name, created_at)
        SELECT people.id, people.external_id, display_name, created_at
        FROM original.people JOIN original.users ON users.id = people.of""")


async def _copying(connection: Any, table: str) -> str:
    columns = {row["name"]: row["type"] for row in await connection.fetch(COLUMNS, table)}
    people = PEOPLE & columns.keys()
    joins = "".join(
        f" LEFT JOIN original.people AS {name}_ ON {name}_.of = row.{name} AND {name}_.nth = copy.nth"
        for name in sorted(people)
    )
    values = ", ".join(_value(name, kind) for name, kind in columns.items())
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} "  # noqa: S608  (names of the catalog)
        f"FROM generate_series(1, $1::int) AS copy (nth) CROSS JOIN original.{table} AS row{joins}"
    )


def _value(column: str, kind: str) -> str:
    """What a copy has in this column."""
    if column in PEOPLE:
        return f"{column}_.id"
    if column in NAMES and kind != "integer":  # attempts are numbered, too
        return f"row.{column} || {NTH}"
    if kind == "uuid" and column not in SHARED:
        return COPIED_ID.format(column)
    return f"row.{column}"


@asynccontextmanager
async def _unchecked(connection: Any) -> AsyncIterator[None]:
    """Without triggers, constraints and indexes; they are made anew, which fails where one is broken."""
    constraints = await connection.fetch(CONSTRAINTS, TABLES)
    indexes = await connection.fetch(INDEXES, TABLES)
    for row in constraints:
        await connection.execute(f"ALTER TABLE {row['of']} DROP CONSTRAINT {row['name']}")
    for row in indexes:
        await connection.execute(f"DROP INDEX {row['name']}")
    await connection.execute("SET session_replication_role = replica")
    yield
    await connection.execute("RESET session_replication_role")
    for row in reversed(constraints):  # those that foreign keys need come first
        await connection.execute(
            f"ALTER TABLE {row['of']} ADD CONSTRAINT {row['name']} {row['definition']}"
        )
    for row in indexes:
        await connection.execute(row["definition"])


@asynccontextmanager
async def quickly(connection: Any) -> AsyncIterator[None]:
    """While the server is filled; then everything is on disk, as in a server that has run for long."""
    await _alter(connection, [f"{name} = {value}" for name, value in QUICKLY.items()], "SET")
    yield
    await _alter(connection, list(QUICKLY), "RESET")
    await connection.execute("CHECKPOINT")


async def _alter(connection: Any, settings: Sequence[str], verb: str) -> None:
    for setting in settings:
        await connection.execute(f"ALTER SYSTEM {verb} {setting}")
    await connection.execute("SELECT pg_reload_conf()")
