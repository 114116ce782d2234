"""Lists without pages inside of each other: an answer that becomes too long ends."""

import pytest

from ordergraph.api.bounded import MOST_ITEMS, BoundedExecutor
from ordergraph.orders.models import Order
from ordergraph.schema import schema
from ordergraph.transports.front import ONCE, Front
from ordergraph.transports.operation import Operation
from tests.api.doors import TOKENS
from tests.market import ADA, Market, gid
from tests.refunds.test_pieces import give

GIFTS = 12
BACK = """query Q($id: ID!) { order(id: $id) {
  number refunds { order { refunds { order { refunds { id } } } } } } }"""


@pytest.fixture
async def order(market: Market) -> Order:
    """With so many refunds that all of them for each of them, and for each of these, are 1,884 items."""
    placed = await market.place()
    for _ in range(GIFTS):
        await give(market, placed, 0, 1)
    return placed


async def _told(market: Market, order: Order, *, compiled: bool) -> object:
    front = Front(schema if compiled else schema.uncompiled(), market.desk, TOKENS)
    operation = Operation(BACK, {"id": gid("Order", order.id)}, None, None)
    return await front.run(operation, market.context(ADA), ONCE)


@pytest.mark.parametrize("compiled", [True, False])
async def test_what_leads_back_is_answered_as_long_as_it_is_not_too_much(
    market: Market, order: Order, compiled: bool
) -> None:
    result = await _told(market, order, compiled=compiled)

    assert result.errors is None
    first = result.data["order"]["refunds"]
    assert len(first) == len(first[0]["order"]["refunds"]) == GIFTS
    assert len(first[-1]["order"]["refunds"][-1]["order"]["refunds"]) == GIFTS


@pytest.mark.parametrize("compiled", [True, False])
async def test_what_is_too_much_ends_with_the_limit(
    market: Market, order: Order, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q6."""
    monkeypatch.setattr(BoundedExecutor, "most", 1_000)

    result = await _told(market, order, compiled=compiled)

    assert result.errors
    assert {error.extensions["code"] for error in result.errors} == {"LIMIT_EXCEEDED"}
    assert {error.extensions["limit"] for error in result.errors} == {"items"}
    assert {error.extensions["maximum"] for error in result.errors} == {1_000}


def test_the_limit_is_beyond_what_pages_may_hold() -> None:
    assert MOST_ITEMS > 5_000 * 10
