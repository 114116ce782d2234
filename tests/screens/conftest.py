"""A busy market of a few people, in which everything that can become of an order has become of some."""

import asyncpg
import pytest

from ordergraph.marketplace.models import Reason
from seeds.big import BUYERS, SELLERS, Plan, _meet, copy, order_rows
from tests.market import NOON, Market

ORDERS = 300


@pytest.fixture
async def busy(clean: str, market: Market) -> Market:
    reasons = {(row.context, row.handle): row for row in await Reason.all()}
    plan = Plan(7, NOON, reasons, BUYERS, SELLERS)
    await _meet((*BUYERS, *SELLERS), NOON)
    connection = await asyncpg.connect(clean)
    async with connection.transaction():
        await copy(connection, order_rows(plan, range(ORDERS)))
    await connection.close()
    return market
