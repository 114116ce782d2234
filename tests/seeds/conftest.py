"""A process with its parts, over the servers of the tests and a clock that stands still."""

from collections.abc import AsyncIterator

import pytest

from ordergraph.infra.queue import Bell, connect
from ordergraph.settings import load
from ordergraph.wiring import Wiring
from tests.conftest import Servers
from tests.market import Market


@pytest.fixture
async def wiring(market: Market, servers: Servers) -> AsyncIterator[Wiring]:
    settings = load(
        {
            "ORDERGRAPH_DATABASE_URL": servers.database_url,
            "ORDERGRAPH_REDIS_URL": servers.redis_url,
        }
    )
    redis = connect(servers.redis_url)
    yield Wiring(
        settings, market.hub, Bell(redis), market.cashier, redis, market.keeper, market.courier
    )
    await redis.aclose()
