"""Real servers for every test: Postgres built by the migrations, Valkey, one pair for each worker."""

import gc
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog
from tortoise import connections

from ordergraph.infra import embedded
from ordergraph.infra.database import connected
from ordergraph.infra.migrate import migrate
from ordergraph.kernel.clock import FrozenClock
from seeds.reasons import keep_reasons
from seeds.templates import keep_templates
from tests.market import Market
from tests.nursery import Nursery

pytest_plugins = ["tests.scheduling", "tests.hanging"]

KEPT = {"reasons", "decision_templates", "tortoise_migrations"}


def pytest_configure() -> None:
    """A shell's job in the background ignores Ctrl-C, and so would every process that we start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _log_plainly()


def _log_plainly() -> None:
    """structlog draws an exception with all variables of every frame, which takes it many seconds here."""
    *first, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*first, plain])


def pytest_collection_finish() -> None:
    """What is there now stays to the end: looking through it for garbage would take every seventh second."""
    gc.collect()
    gc.freeze()


class Servers(NamedTuple):
    database_url: str
    redis_url: str


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    root: Path = tmp_path_factory.mktemp("servers")
    with (
        embedded.postgres(root / "postgres", durable=False) as database_url,
        embedded.valkey(root / "valkey") as redis_url,
    ):
        yield Servers(database_url, redis_url)


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    found = Nursery(tmp_path_factory.mktemp("nursery"))
    yield found
    found.stop()


@pytest.fixture(scope="session")
async def database(servers: Servers) -> AsyncIterator[str]:
    """The migrated database, with this process connected to it."""
    await migrate(servers.database_url)
    async with connected(servers.database_url, application="tests", pool=20):
        await keep_reasons()
        await keep_templates()
        yield servers.database_url


@pytest.fixture
async def clean(database: str) -> AsyncIterator[str]:
    """The database, emptied after the test with real commits: several connections are used."""
    yield database
    await emptied()


async def emptied() -> None:
    """Leave nothing but what a new installation has."""
    connection = connections.get("default")
    rows = await connection.execute_query_dict(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    tables = [row["tablename"] for row in rows if row["tablename"] not in KEPT]
    deletes = "".join(f"DELETE FROM {table};" for table in tables)
    await connection.execute_script(
        f"BEGIN; SET LOCAL session_replication_role = replica; {deletes} COMMIT;"
    )


@pytest.fixture
def market(clean: str) -> Market:  # noqa: ARG001  (it needs the database)
    return Market()


@pytest.fixture
def clock(market: Market) -> FrozenClock:
    return market.clock
