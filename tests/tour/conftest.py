"""Installations for the tests of the tour: two API processes, two workers, plain URLs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import Servers
from tests.nursery import Nursery
from tests.tour.installation import SECRET, Installation, create_database, environment, running


@pytest.fixture(scope="session")
async def installation(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> AsyncIterator[Installation]:
    """One for all tests: what another has played there is there."""
    async with _installed(servers, nursery, tmp_path_factory.mktemp("tour"), 9) as found:
        yield found


@pytest.fixture
async def fresh(servers: Servers, tmp_path: Path, nursery: Nursery) -> AsyncIterator[Installation]:
    """One where nothing was ever sold."""
    async with _installed(servers, nursery, tmp_path, 7) as found:
        yield found


@asynccontextmanager
async def _installed(
    servers: Servers, nursery: Nursery, folder: Path, number: int
) -> AsyncIterator[Installation]:
    """With a database of its own, and Redis' database of this number: no worker takes another's jobs."""
    env = environment(
        folder,
        database_url=await create_database(servers.database_url, f"tour_{number}"),
        redis_url=servers.redis_url.removesuffix("/0") + f"/{number}",
        jwt_secret=SECRET,
        test_clock="true",
    )
    with running(nursery, env, folder) as found:
        yield found
