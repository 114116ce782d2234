"""What the application's own role may do: everything but change what is only ever added to."""

from typing import Final

import asyncpg

EXEMPT: Final = {"sandbox_journal"}  # it locks its captures, which takes the right to update them
READ_ONLY: Final = ("tortoise_migrations",)

BOOKS: Final = """
SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%\\_append\\_only'"""
ABOVE: Final = """
SELECT rolsuper OR EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_database AS d ON d.datname = current_database(),
    unnest(ARRAY[c.relowner, n.nspowner, d.datdba]) AS owner
    WHERE c.oid = 'ledger_entries'::regclass AND pg_has_role(rolname, owner, 'MEMBER'))
FROM pg_roles WHERE rolname = $1"""


class AppRoleRefused(Exception):
    """That role cannot be held to anything."""


async def grant(url: str, role: str) -> list[str]:
    """Give this role what a running application needs, and take the rest; say what is only added to.

    The role exists already. One that owns the tables, their schema or the database, or a superuser,
    could take every guard away: it is refused.
    """
    connection = await asyncpg.connect(url)
    try:
        above = await connection.fetchval(ABOVE, role)
        if above is None:
            raise AppRoleRefused(f"there is no role {role!r}: CREATE ROLE … LOGIN comes first")
        if above:
            raise AppRoleRefused(
                f"{role!r} owns the tables, their schema or the database, or is a superuser: nothing holds it"
            )
        books = sorted(row[0] for row in await connection.fetch(BOOKS))
        kept = [book for book in books if book not in EXEMPT]
        quoted = await connection.fetchval("SELECT quote_ident($1)", role)
        async with connection.transaction():
            await connection.execute(_statements(quoted, kept))
        return kept
    finally:
        await connection.close()


def _statements(role: str, books: list[str]) -> str:
    return f"""
GRANT USAGE ON SCHEMA public TO {role};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE UPDATE, DELETE ON {", ".join(books)} FROM {role};
REVOKE INSERT, UPDATE, DELETE ON {", ".join(READ_ONLY)} FROM {role};
"""  # noqa: S608  (names out of the catalog, quoted by Postgres)
