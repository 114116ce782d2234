"""One installation for all tests of the tour: two API processes, two workers, plain URLs."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Servers
from tests.tour.installation import SECRET, Installation, create_database, environment, running


@pytest.fixture(scope="session")
async def installation(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    env = environment(
        folder,
        database_url=await create_database(servers.database_url, "tour"),
        redis_url=servers.redis_url.removesuffix("/0") + "/9",  # its workers take no other's jobs
        jwt_secret=SECRET,
        test_clock="true",
    )
    with running(env, folder / "log") as found:
        yield found
