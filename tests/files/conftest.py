"""A market that keeps files, and the doors to them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.files.filing import Desk, door_of
from tests.market import Market


@pytest.fixture
def market(clean: str, tmp_path: Path) -> Market:  # noqa: ARG001  (it needs the database)
    return Market(files=tmp_path / "files")


@pytest.fixture
async def door(market: Market) -> AsyncIterator[httpx.AsyncClient]:
    async with door_of(market) as client:
        yield client


@pytest.fixture
def desk(market: Market, door: httpx.AsyncClient) -> Desk:
    return Desk(market, door)
