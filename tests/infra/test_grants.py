"""The application's own role: it can run everything, and change nothing that is only ever added to (L2)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from ordergraph.infra.grants import AppRoleRefused, grant
from tests.conftest import Servers
from tests.tour.installation import Outcome, create_database, environment, ordergraph

ROLE = "shop-app"
BOOKS = [
    "documents",
    "events",
    "evidence",
    "internal_notes",
    "ledger_entries",
    "messages",
    "policies",
    "read_marks",
    "seller_rules",
]


async def command(*args: str, env: dict[str, str]) -> Outcome:
    return await asyncio.to_thread(ordergraph, *args, env=env)


@pytest.fixture(scope="module")
async def owner_url(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """A database that was migrated for the role, which has filled it with a small market."""
    url = await create_database(servers.database_url, "grants")
    owner = await asyncpg.connect(url)
    await owner.execute(f'CREATE ROLE "{ROLE}" LOGIN')
    folder = tmp_path_factory.mktemp("grants")
    env = environment(folder, database_url=url, redis_url=servers.redis_url)

    migrated = await command("migrate", "--app-role", ROLE, env=env)

    assert migrated.code == 0, migrated.err
    assert migrated.out.splitlines()[-1] == f"{ROLE} only adds to {', '.join(BOOKS)}"
    yield url
    await owner.close()


@pytest.fixture(scope="module")
def app_url(owner_url: str) -> str:
    parts = urlsplit(owner_url)
    return parts._replace(netloc=f"{ROLE}@127.0.0.1:{parts.port}").geturl()


@pytest.fixture(scope="module")
async def app(
    app_url: str, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the role, after it has sold, refunded, disputed and reconciled."""
    env = environment(
        tmp_path_factory.mktemp("app"), database_url=app_url, redis_url=servers.redis_url
    )
    seeded = await command("seed", env=env)
    assert seeded.code == 0, seeded.err
    reconciled = await command("reconcile", env=env)
    assert reconciled.code == 0, reconciled.out + reconciled.err
    connection = await asyncpg.connect(app_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE {} SET id = id",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TABLE {} CASCADE",
        "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION ordergraph_never_change()",
    ],
    ids=["update", "delete", "truncate", "disable the trigger", "drop", "a trigger of its own"],
)
async def test_the_role_only_adds_to_the_books(
    app: asyncpg.Connection, book: str, attack: str
) -> None:
    before = await app.fetchval(f"SELECT count(*) FROM {book}")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(attack.format(book))

    assert await app.fetchval(f"SELECT count(*) FROM {book}") == before


@pytest.mark.parametrize(
    "attack",
    [
        "SET session_replication_role = replica",
        "DROP FUNCTION ordergraph_balanced() CASCADE",
        "DROP FUNCTION ordergraph_never_change() CASCADE",
        "DELETE FROM tortoise_migrations",
        "TRUNCATE sandbox_journal",
        "ALTER TABLE payments DROP CONSTRAINT payments_never_more_back",
    ],
)
async def test_the_role_takes_no_guard_away(app: asyncpg.Connection, attack: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(attack)


async def test_the_role_has_filled_the_books(app: asyncpg.Connection) -> None:
    assert await app.fetchval("SELECT count(*) FROM ledger_entries") > 20
    assert await app.fetchval("SELECT count(*) FROM ledger_entries WHERE kind = 'PAID_OUT'") > 0
    assert await app.fetchval("SELECT differences FROM reconciliations") == 0


async def test_a_role_that_is_above_the_tables_is_refused(owner_url: str) -> None:
    with pytest.raises(AppRoleRefused, match="nothing holds it"):
        await grant(owner_url, "postgres")


@pytest.mark.parametrize("what", ["DATABASE grants", "SCHEMA public"])
async def test_whoever_could_drop_the_tables_without_owning_them_is_refused(
    owner_url: str, what: str
) -> None:
    """The owner of a schema may drop what is in it; of `public` that is the database's."""
    owner = await asyncpg.connect(owner_url)
    before = "postgres" if what.startswith("DATABASE") else "pg_database_owner"
    await owner.execute("CREATE ROLE landlord")
    await owner.execute("CREATE ROLE tenant LOGIN IN ROLE landlord")
    await owner.execute(f"ALTER {what} OWNER TO landlord")
    try:
        for role in ("landlord", "tenant"):
            with pytest.raises(AppRoleRefused, match="nothing holds it"):
                await grant(owner_url, role)
    finally:
        await owner.execute(f"ALTER {what} OWNER TO {before}")
        await owner.execute("DROP OWNED BY landlord, tenant")
        await owner.execute("DROP ROLE tenant, landlord")
        await owner.close()


async def test_a_role_that_is_not_there_is_said_to_be_missing(
    owner_url: str, servers: Servers, tmp_path: Path
) -> None:
    env = environment(tmp_path, database_url=owner_url, redis_url=servers.redis_url)

    done = await command("migrate", "--app-role", "nobody", env=env)

    assert done.code == 1
    assert "there is no role 'nobody'" in done.err


@pytest.mark.parametrize("is_new", [False, True])
async def test_the_role_is_told_that_it_does_not_migrate(
    servers: Servers, tmp_path: Path, app_url: str, is_new: bool
) -> None:
    """In one line, also where nothing is to be done."""
    if is_new:
        await create_database(servers.database_url, "unmigrated")
    url = app_url.replace("/grants", "/unmigrated") if is_new else app_url
    env = environment(tmp_path, database_url=url, redis_url=servers.redis_url)

    done = await command("migrate", env=env)

    assert done.code == 1
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("ordergraph: the owner of the tables migrates: give its")
    assert "permission denied for schema public" in line
