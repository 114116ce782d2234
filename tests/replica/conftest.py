"""One replica of the tests' own database, and a market that reads from it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from ordergraph.infra import marks as marks_module
from ordergraph.infra import replica as module
from ordergraph.infra.database import STATEMENT_S
from ordergraph.infra.marks import Marks
from ordergraph.infra.replica import Replica, following
from ordergraph.marking import marking
from ordergraph.transports.front import Front
from tests.conftest import Servers
from tests.faults.deployment import until
from tests.market import Market
from tests.replica.standby import Standby, configure


@pytest.fixture(scope="session")
async def standby(
    servers: Servers,
    database: str,  # noqa: ARG001  (so that it is migrated)
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Standby]:
    """A replica keeps what autovacuum locked to cut a table's end until that vacuum is over: some seconds."""
    await configure(servers.database_url, "vacuum_truncate = off")
    found = Standby.of(servers.database_url, tmp_path_factory.mktemp("standby"))
    found.start()
    yield found
    found.child.kill()


@pytest.fixture
async def running(standby: Standby) -> Standby:
    """It replays, before the test and after it."""
    if not standby.child.is_alive:
        standby.start()
    await standby.resume()
    return standby


@dataclass
class Branch(Market):
    """A process that reads from the replica, too."""

    replica: Replica | None = None

    @property
    def front(self) -> Front:
        return Front(super().front.schema, self.desk, super().front.tokens, replica=self.replica)


@pytest.fixture
async def marks(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Marks]:
    monkeypatch.setattr(marks_module, "PATIENCE_S", 10.0)  # on a machine that is very busy
    found = Marks(servers.redis_url)
    yield found
    await found.aclose()


@pytest.fixture
async def branch(
    running: Standby,
    clean: str,  # noqa: ARG001  (it needs the database)
    marks: Marks,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Branch]:
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    monkeypatch.setattr(module, "PATIENCE_S", 30.0)  # the same machine
    async with following(
        running.url, marks, application="tests", statement_s=STATEMENT_S
    ) as replica:
        found = Branch(mark=marking(marks), replica=replica)
        await until(lambda: fit(replica))
        yield found


async def fit(replica: Replica) -> bool:
    return replica.fit


@pytest.fixture
async def unwatched(
    branch: Branch,  # noqa: ARG001  (it is fit, and stays so)
    monkeypatch: pytest.MonkeyPatch,
) -> asyncio.Event:
    """Nobody is looking how far it is, and nobody will before this is set."""
    begun, again, look = asyncio.Event(), asyncio.Event(), Replica._look

    async def held(replica: Replica) -> None:
        begun.set()
        await again.wait()
        await look(replica)

    monkeypatch.setattr(module, "BEHIND_S", 3600.0)
    monkeypatch.setattr(Replica, "_look", held)
    await begun.wait()
    return again


@pytest.fixture
async def paused(
    branch: Branch,  # noqa: ARG001  (it was fit before)
    running: Standby,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Standby]:
    """It replays nothing, and is read from all the same: only marks keep anybody away from it."""
    monkeypatch.setattr(module, "BEHIND_S", 3600.0)
    await running.pause()
    yield running
    await running.resume()
