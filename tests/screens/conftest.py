"""A busy market of a few people, in which everything that can become of an order has become of some."""

import asyncpg
import pytest
from tortoise.models import Model

from ordergraph.marketplace.models import Reason
from seeds.big import BUYERS, SELLERS, Plan, _meet, copy, order_rows
from tests.market import NOON, Market

ORDERS = 300


_made: list[Model] = []


async def _rows() -> list[Model]:
    """Made once in a process: that takes longer than most tests of them."""
    if not _made:
        reasons = {(row.context, row.handle): row for row in await Reason.all()}
        _made.extend(order_rows(Plan(7, NOON, reasons, BUYERS, SELLERS), range(ORDERS)))
    return _made


@pytest.fixture
async def busy(clean: str, market: Market) -> Market:
    await _meet((*BUYERS, *SELLERS), NOON)
    connection = await asyncpg.connect(clean)
    async with connection.transaction():
        await copy(connection, await _rows())
    await connection.close()
    return market
