"""A market that keeps files, and the doors to them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from ordergraph import downloads
from ordergraph.wiring import Wiring
from tests.files.filing import Desk
from tests.market import Market


@pytest.fixture
def market(clean: str, tmp_path: Path) -> Market:  # noqa: ARG001  (it needs the database)
    return Market(files=tmp_path / "files")


@pytest.fixture
async def door(market: Market) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to where signed links lead, as the application has it."""
    nothing: Any = None
    app = Starlette(routes=downloads.routes())
    app.state.wiring = Wiring(nothing, market.hub, nothing, market.cashier, nothing, market.keeper)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        yield client


@pytest.fixture
def desk(market: Market, door: httpx.AsyncClient) -> Desk:
    return Desk(market, door)
