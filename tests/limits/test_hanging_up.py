"""Who hangs up wants no more: a query ends, down to its statement; a mutation is done (Q12)."""

import asyncio
import gc
from typing import Any

import httpx
import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.transports import hanging_up
from ordergraph.transports.running import OperationTimeout, Runner
from tests.api.doors import bearer, endpoint
from tests.limits.waiting import order_locked, orders_locked, until
from tests.market import Market
from tests.orders.commands import request
from tests.serving import served
from tests.watching import open_transactions

SLOW = {"query": "{ viewer { purchases { nodes { id } } } }"}


async def _hang_up(url: str, body: Any, **headers: str) -> None:
    """Ask, wait until it waits in the database, and go."""
    async with httpx.AsyncClient(base_url=url) as client:
        asking = asyncio.create_task(
            client.post("/graphql", json=body, headers={**bearer("ada"), **headers}, timeout=30)
        )
        await until(1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_a_query_ends_with_its_client_and_so_does_its_statement(
    market: Market, database: str
) -> None:
    """Q12: pg_stat_activity knows no such statement any more."""
    with capture_logs() as logs:
        async with served(endpoint(market)) as url, orders_locked(database):
            await _hang_up(url, SLOW)
            await until(0)

    assert logs == []
    assert await open_transactions() == 0


async def test_a_mutation_is_done_although_its_client_is_gone(
    market: Market, database: str
) -> None:
    """What a person meant happens even when the line breaks; the key finds it."""
    order = await market.place()
    ask = await request("CANCEL", order)
    body = {"query": ask["document"], "variables": {"input": ask["input"]}}

    async with served(endpoint(market)) as url:
        async with order_locked(database, order):
            await _hang_up(url, body, **{"idempotency-key": "k"})
            await asyncio.sleep(0.2)  # the server has noticed
        await until(1, lambda: Order.filter(id=order.id, status=OrderStatus.CANCELED).count())
        async with httpx.AsyncClient(base_url=url) as client:
            again = await client.post(
                "/graphql", json=body, headers={**bearer("ada"), "idempotency-key": "k"}
            )

    assert again.json()["data"]["orderCancel"]["__typename"] == "OrderCancelSuccess"


async def test_what_nobody_waits_for_is_waited_for_before_a_process_ends() -> None:
    runner, done = Runner(5), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.05)
        done.set()

    waiting_for = asyncio.create_task(runner.run(work(), to_its_end=True))
    await asyncio.sleep(0)
    waiting_for.cancel()
    await runner.finish()

    assert done.is_set()
    await runner.finish()


async def test_even_then_it_has_its_time_and_no_more() -> None:
    runner = Runner(0.05)

    with pytest.raises(OperationTimeout):
        await runner.run(asyncio.sleep(5), to_its_end=True)


async def test_who_leaves_while_it_is_being_stopped_changes_nothing_of_why() -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.1)
        return {"type": "http.disconnect"}

    async def work() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            await asyncio.sleep(0.2)  # the transaction is rolled back

    with pytest.raises(OperationTimeout):
        await Runner(0.05).run(work(), to_its_end=False, receive=receive)


async def test_one_clock_looks_after_all_that_is_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, runner, clocks = asyncio.get_running_loop(), Runner(5), []
    later = loop.call_later

    def counted(delay: float, callback: Any, *given: Any) -> asyncio.TimerHandle:
        clocks.append(callback)
        return later(delay, callback, *given)

    async def work(number: int) -> int:
        await asyncio.sleep(0)
        return number

    monkeypatch.setattr(loop, "call_later", counted)
    running = [runner.run(work(number), to_its_end=False) for number in range(100)]

    assert await asyncio.gather(*running) == list(range(100))
    ours = [each for each in clocks if each.__module__ == hanging_up.__name__]
    assert ours == [runner._lookout._look]


async def test_what_took_long_leaves_nothing_for_the_garbage_collector() -> None:
    async def receive() -> Message:
        await asyncio.sleep(5)
        return {"type": "http.disconnect"}

    runner = Runner(0.3)
    gc.collect()
    gc.disable()
    try:
        await runner.run(asyncio.sleep(0.15), to_its_end=False, receive=receive)
        with pytest.raises(OperationTimeout):
            await runner.run(asyncio.sleep(5), to_its_end=False, receive=receive)
        await asyncio.sleep(0.1)
        kinds = [type(each) for each in gc.get_objects()]
    finally:
        gc.enable()

    assert hanging_up._Watch not in kinds
