"""The town stands for all tests of a file: nobody in it changes anything."""

from collections.abc import AsyncIterator

import pytest
from graphql import GraphQLSchema

from tests.access.town import Town, town_of
from tests.conftest import emptied
from tests.files.filing import Desk, door_of
from tests.market import Market
from tests.walking import boundless, introspected


@pytest.fixture(scope="module")
async def town(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:  # noqa: ARG001  (it needs the database)
    with boundless() as library:
        market = Market(files=tmp_path_factory.mktemp("files"), library=library)
        async with door_of(market) as door:
            yield await town_of(Desk(market, door))
    await emptied()


@pytest.fixture(scope="module")
async def schema(database: str) -> GraphQLSchema:  # noqa: ARG001  (it needs the database)
    return await introspected(Market())
