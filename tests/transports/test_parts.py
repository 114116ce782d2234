"""A state of which something could not be told, by a fault of ours, is told again when we look again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from tortoise import connections

from ordergraph.orders.models import Order
from tests.market import ADA, Market, gid
from tests.states import cancel
from tests.transports.test_broadcasts import process

ORDER: Final = """subscription Follow($id: ID!) {
  orderUpdated(orderId: $id) { status withdrawal { id } } }"""
REFUND: Final = """subscription Follow($id: ID!) {
  refundUpdated(orderId: $id) { status lines { quantity } } }"""


@asynccontextmanager
async def _away(table: str) -> AsyncIterator[None]:
    """As while somebody migrates it."""
    database = connections.get("default")
    await database.execute_script(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        await database.execute_script(f"ALTER TABLE {table}_away RENAME TO {table}")


def _look(market: Market, order: Order) -> None:
    market.hub.publish([f"order:{order.id}"])


async def test_a_broadcast_tells_it_again_until_it_is_whole(market: Market) -> None:
    order = await market.place()
    async with process(market) as place, place.follower(order, document=ORDER) as line:
        async with _away("withdrawals"):
            await market.ship(order)
            part = (await line.hear())["payload"]
        _look(market, order)
        whole = (await line.hear())["payload"]
        _look(market, order)

        assert part["data"]["orderUpdated"] == {"status": "SHIPPED", "withdrawal": None}
        assert [error["extensions"]["code"] for error in part["errors"]] == ["INTERNAL"]
        assert whole == {"data": part["data"]}
        assert await _is_quiet(line)


async def _is_quiet(line: Any) -> bool:
    await line.subscribe("query Last { __typename }", id_="last")
    return (await line.hear())["id"] == "last"


@pytest.mark.parametrize(("document", "table"), [(ORDER, "withdrawals"), (REFUND, "refund_lines")])
async def test_a_stream_tells_it_again_as_well(market: Market, document: str, table: str) -> None:
    order = await market.place()
    await cancel(market, order)
    stream = await market.listen(ADA, document, id=gid("Order", order.id))

    async with _away(table):
        part = await anext(stream)
    _look(market, order)
    whole = await anext(stream)

    assert [error.extensions["code"] for error in part.errors] == ["INTERNAL"]
    assert whole.errors is None
    assert next(iter(whole.data.values()))["status"] in {"CANCELED", "SCHEDULED"}
    await stream.aclose()
