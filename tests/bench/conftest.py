"""A small market of the benchmark's kind."""

from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from bench import market as measured
from bench.stage import Stage
from ordergraph.wiring import Wiring
from tests.conftest import Servers
from tests.market import Market
from tests.seeds.conftest import wiring

__all__ = ["wiring"]
ORDERS, CANCELABLE = 300, 240


@pytest.fixture
async def stage(market: Market, wiring: Wiring, servers: Servers, tmp_path: Path) -> Stage:
    market.clock.at = datetime.now(UTC)  # as the servers' clock
    await measured.fill(wiring, ORDERS)
    await measured.fill(wiring, CANCELABLE, measured.NEW)
    return Stage(servers.database_url, servers.redis_url, tmp_path, "s" * 40, psutil.Process())
