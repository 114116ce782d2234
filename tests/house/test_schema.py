"""The database: what the migrations promise stands in its catalog, and what the models say is there."""

import importlib
import pkgutil
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise import Tortoise, connections
from tortoise import models as models_of_the_orm
from tortoise.migrations.autodetector import MigrationAutodetector

from ordergraph import migrations
from ordergraph.infra.database import configuration
from ordergraph.infra.model import Model
from tests.conftest import Servers
from tests.house.walk import descendants, import_everything

MIGRATIONS: list[Any] = [
    importlib.import_module(f"ordergraph.migrations.{module.name}")
    for module in pkgutil.iter_modules(migrations.__path__)
]


def guarded(table: str) -> list[Any]:
    """What each migration adds to this table of guards."""
    return [getattr(migration, table) for migration in MIGRATIONS if hasattr(migration, table)]


CONSTRAINTS = [(t, n) for added in guarded("CHECKS") for t, named in added.items() for n in named]
DROPPED = {name: sql for gone in guarded("DROPPED") for name, sql in gone.items()}
ADDED = {name: sql for added in guarded("INDEXES") for name, sql in added.items()}
INDEXES = {name: sql for name, sql in ADDED.items() if name not in DROPPED}
APPEND_ONLY = [table for added in guarded("APPEND_ONLY") for table in added]
NEVER_EMPTIED = [table for added in guarded("NEVER_EMPTIED") for table in added]
UP_DOWN_UP = """
import asyncio, sys
from ordergraph.infra.migrate import migrate

async def main(url):
    print(await migrate(url))
    print(await migrate(url, target="models.__first__"))
    print(await migrate(url))
    print(await migrate(url))

asyncio.run(main(sys.argv[1]))
"""


async def _query(sql: str, *values: object) -> list[dict[str, Any]]:
    return await connections.get("default").execute_query_dict(sql, list(values))


@pytest.mark.parametrize(("table", "name"), CONSTRAINTS, ids=[n for _, n in CONSTRAINTS])
async def test_every_check_is_in_the_catalog(table: str, name: str, database: str) -> None:  # noqa: ARG001  (it needs the database)
    """Tortoise drops constraints of new tables silently."""
    found = await _query(
        "SELECT 1 FROM pg_constraint WHERE conrelid = $1::regclass AND conname = $2"
        " AND contype = 'c' AND convalidated",
        table,
        name,
    )

    assert found


@pytest.mark.parametrize("name", list(INDEXES))
async def test_every_index_is_in_the_catalog(name: str, database: str) -> None:  # noqa: ARG001  (it needs the database)
    found = await _query("SELECT indexdef FROM pg_indexes WHERE indexname = $1", name)

    assert found
    assert INDEXES[name].startswith("UNIQUE") is ("CREATE UNIQUE" in found[0]["indexdef"])
    assert ("WHERE" in INDEXES[name]) is ("WHERE" in found[0]["indexdef"])


@pytest.mark.parametrize("name", list(DROPPED))
async def test_an_index_that_was_dropped_is_gone_and_comes_back_as_it_was(
    name: str,
    database: str,  # noqa: ARG001  (it needs the database)
) -> None:
    assert not await _query("SELECT 1 FROM pg_indexes WHERE indexname = $1", name)
    assert DROPPED[name] == ADDED[name]


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_every_book_is_guarded_by_a_trigger(table: str, database: str) -> None:  # noqa: ARG001  (it needs the database)
    found = await _query(
        "SELECT tgenabled FROM pg_trigger WHERE tgrelid = $1::regclass AND tgname = $2",
        table,
        f"{table}_append_only",
    )

    assert found


async def test_no_book_can_be_emptied(database: str) -> None:  # noqa: ARG001  (it needs the database)
    """TRUNCATE is seen by no trigger of rows."""
    rows = await _query("SELECT tgname FROM pg_trigger WHERE tgname LIKE '%_never_emptied'")

    assert {row["tgname"] for row in rows} == {f"{table}_never_emptied" for table in APPEND_ONLY}
    assert set(NEVER_EMPTIED) == set(APPEND_ONLY)


async def test_models_and_tables_have_the_same_columns(database: str) -> None:  # noqa: ARG001  (it needs the database)
    rows = await _query(
        "SELECT table_name, column_name, is_nullable = 'YES' AS open"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    stored = {(r["table_name"], r["column_name"], r["open"]) for r in rows}
    assert Tortoise.apps is not None
    models = list(Tortoise.apps["models"].values())

    said = {
        (model._meta.db_table, column, model._meta.fields_map[field].null)
        for model in models
        for field, column in model._meta.fields_db_projection.items()
    }

    tables = {model._meta.db_table for model in models}
    assert said == {row for row in stored if row[0] in tables}
    assert {row[0] for row in stored} - tables == {"test_clock", "tortoise_migrations"}


async def test_the_models_need_no_further_migration(database: str) -> None:
    assert Tortoise.apps is not None
    apps = configuration(database)["apps"]

    changes = await MigrationAutodetector(Tortoise.apps, apps).changes()

    assert changes == []


async def test_the_migrations_run_up_down_to_nothing_and_up_again(servers: Servers) -> None:
    """In a process of its own: Tortoise keeps one set of connections for each."""
    own = urlsplit(servers.database_url)._replace(path="/up_and_down").geturl()
    admin = await asyncpg.connect(servers.database_url)
    await admin.execute("CREATE DATABASE up_and_down")

    process = await create_subprocess_exec(
        sys.executable, "-c", UP_DOWN_UP, own, stdout=PIPE, stderr=PIPE
    )
    out, problem = await process.communicate()

    assert process.returncode == 0, problem.decode()
    up, down, again, nothing = out.decode().splitlines()
    assert up == again
    assert "apply_done 0002_guards" in up
    assert "apply_done 0005_ledger" in up
    assert "rollback_done 0001_initial" in down
    assert nothing == "[]"
    await admin.execute("DROP DATABASE up_and_down")
    await admin.close()


def test_every_model_is_made_without_a_look_into_its_source() -> None:
    """The ORM reads the source of its own kind of models, which takes long (infra/model.py)."""
    import_everything()
    models = [
        kind
        for kind in descendants(models_of_the_orm.Model)
        if kind.__module__.startswith("ordergraph.")
    ]

    assert len(models) > 30
    assert [model.__name__ for model in models if not issubclass(model, Model)] == []
