"""An operation has its time (Q12): what runs out of it is stopped, and changes all or nothing."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
from graphql import GraphQLError
from structlog.testing import capture_logs

from ordergraph.api.faults import presentable
from ordergraph.infra.outbox import EventRow
from ordergraph.orders.process import OrderStatus
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import ALL, ONCE, Front
from ordergraph.transports.operation import Declined, Operation
from ordergraph.transports.running import Runner
from tests.api.doors import bearer
from tests.limits.waiting import order_locked, orders_locked, until
from tests.market import ADA, Market
from tests.orders.commands import request
from tests.watching import open_transactions, snapshot

SLOW = "{ viewer { purchases { nodes { id } } } }"
SHORT_S = 0.3


def hasty(market: Market, limit_s: float = SHORT_S) -> Front:
    return replace(market.front, runner=Runner(limit_s))


async def run(front: Front, market: Market, text: str, key: str = "k", **variables: Any) -> Any:
    """What it comes to, or the code of what it was declined with."""
    context = market.context(ADA, key=key)
    try:
        return await front.run(Operation(text, variables, None, None), context, ONCE)
    except Declined as no:
        return no.code


async def test_a_query_that_takes_too_long_is_stopped_down_to_its_statement(
    market: Market, database: str
) -> None:
    """Q12."""
    with capture_logs() as logs:
        async with orders_locked(database):
            told = await run(hasty(market), market, SLOW)
            await until(0)

    assert told == "OPERATION_TIMEOUT"
    assert logs == []


async def test_a_mutation_that_takes_too_long_changes_nothing_and_its_key_can_be_used_again(
    market: Market, database: str
) -> None:
    """Q12, I1."""
    order = await market.place()
    ask = await request("CANCEL", order)
    before = await snapshot()

    with capture_logs() as logs:
        async with order_locked(database, order):
            told = await run(hasty(market), market, ask["document"], input=ask["input"])
            await until(0)
    assert told == "OPERATION_TIMEOUT"
    assert logs == []
    assert await snapshot() == before
    assert await open_transactions() == 0

    again = await run(hasty(market, 10), market, ask["document"], input=ask["input"])
    assert again.data["orderCancel"]["__typename"] == "OrderCancelSuccess"


def test_a_statement_that_the_database_gave_up_says_the_same() -> None:
    """Q12: its own limit is a little below the operation's."""
    error = GraphQLError("x", original_error=asyncpg.QueryCanceledError("statement timeout"))

    assert presentable(error).extensions == {"code": "OPERATION_TIMEOUT"}


async def test_over_http_it_is_a_504(market: Market, database: str) -> None:
    """Q12."""
    transport = httpx.ASGITransport(Endpoint(hasty(market)))
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        orders_locked(database),
    ):
        answer = await client.post("/graphql", json={"query": SLOW}, headers=bearer("ada"))

    assert answer.status_code == 504
    assert answer.json()["errors"][0]["extensions"]["code"] == "OPERATION_TIMEOUT"
    assert "data" not in answer.json()


async def test_over_a_stream_it_is_the_last_that_is_said(market: Market, database: str) -> None:
    """Q11, Q12."""
    async with orders_locked(database):
        stream = hasty(market).stream(Operation(SLOW, None, None, None), market.context(ADA), ALL)
        told = [one async for one in _caught(stream)]

    assert told == ["OPERATION_TIMEOUT"]


async def _caught(stream: Any) -> Any:
    try:
        async for result in stream:
            yield result
    except Declined as no:
        yield no.code


async def test_wherever_an_operation_is_stopped_it_changes_all_or_nothing(
    market: Market,
) -> None:
    """Q12, S2: canceled at sixty moments, from before BEGIN to after COMMIT."""
    orders = [await market.place() for _ in range(60)]
    asks = [await request("CANCEL", order) for order in orders]

    with capture_logs() as logs:
        for n, ask in enumerate(asks):
            front = hasty(market, n / 1_000)
            await run(
                front, market, ask["document"], key=ask["input"]["orderId"], input=ask["input"]
            )
        reads = (run(hasty(market, n / 2_000), market, SLOW) for n in range(40))
        await asyncio.gather(*reads)

    assert [entry for entry in logs if entry["event"] == "unexpected"] == []
    await until(0, open_transactions)
    for order in orders:
        await order.refresh_from_db()
        told = await EventRow.filter(order_id=order.id, type="order.canceled").count()
        assert told == (order.status is OrderStatus.CANCELED)
    again = [
        await run(market.front, market, a["document"], key=a["input"]["orderId"], input=a["input"])
        for a in asks
    ]
    assert {one.data["orderCancel"]["__typename"] for one in again} == {"OrderCancelSuccess"}
