"""One installation for all tests that look at what it says."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Servers
from tests.nursery import Nursery
from tests.operations.plant import Plant, planted


@pytest.fixture(scope="session")
async def plant(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> AsyncIterator[Plant]:
    async with planted(servers, tmp_path_factory.mktemp("plant"), nursery) as found:
        found.start("serve")
        found.start("worker")
        await found.is_up()
        yield found
