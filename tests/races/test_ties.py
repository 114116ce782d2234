"""Ties inside Postgres: whoever loses one is run again, and nobody sees it (S7)."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from structlog.testing import capture_logs
from tortoise import connections

from ordergraph.infra import database
from ordergraph.infra.database import again
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from tests.market import ADA, Market
from tests.orders.commands import do
from tests.watching import snapshot


@pytest.fixture
async def stranger(market: Market, database: str) -> AsyncIterator[asyncpg.Connection]:  # noqa: ARG001  (emptied after us)
    """Another program on the same database, patient enough that we are the one Postgres chooses."""
    connection = await asyncpg.connect(database)
    await connection.execute("SET deadlock_timeout = '20s'")
    yield connection
    await connection.close()


async def _waits(application: str) -> None:
    """Until a backend of that program waits for a lock."""
    for _ in range(200):
        rows = await connections.get("default").execute_query_dict(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = $1"
            " AND wait_event_type = 'Lock' AND datname = current_database()",
            [application],
        )
        if rows:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{application} never waited")


async def test_a_mutation_that_loses_a_deadlock_is_run_again_inside(
    market: Market, stranger: asyncpg.Connection
) -> None:
    order = await market.place()
    crosswise = stranger.transaction()
    await crosswise.start()
    await stranger.execute("SELECT 1 FROM payments WHERE order_id = $1 FOR UPDATE", order.id)

    with capture_logs() as logs:
        canceling = asyncio.create_task(do(market, ADA, "CANCEL", order))  # holds the order
        await _waits("tests")
        await stranger.execute("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE", order.id)
        await crosswise.rollback()
        answer = await canceling

    assert [(e["event"], e["problem"]) for e in logs] == [
        ("transaction.again", "DeadlockDetectedError")
    ]
    assert answer["__typename"] == "OrderCancelSuccess"
    assert (await Order.get(id=order.id)).status is OrderStatus.CANCELED
    assert await Refund.filter(order_id=order.id).count() == 1
    assert (await Payment.get(order_id=order.id)).refund_reserved_minor == order.total_minor


async def test_a_tie_is_tried_a_few_times_and_then_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PAUSE_S", 0)
    tries = []

    async def never_wins() -> None:
        tries.append(1)
        raise asyncpg.SerializationError("could not serialize")

    with pytest.raises(asyncpg.SerializationError):
        await again(never_wins)

    assert len(tries) == database.MOST_TRIES


async def test_whatever_is_no_tie_is_not_tried_again() -> None:
    tries = []

    async def fails() -> None:
        tries.append(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await again(fails)

    assert len(tries) == 1


async def test_a_transaction_that_is_canceled_at_its_start_gives_its_connection_back(
    market: Market,
) -> None:
    """A client that hangs up must not take a connection with it."""
    order = await market.place()
    before = await snapshot()

    for turns in range(30):
        task = asyncio.create_task(do(market, ADA, "CANCEL", order))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if await snapshot() != before:
            break  # far enough in for the answer to have been committed

    answers = await asyncio.gather(*(do(market, ADA, "CANCEL", order) for _ in range(25)))
    assert {answer["__typename"] for answer in answers} <= {
        "OrderCancelSuccess",
        "OrderAlreadyCanceledError",
    }
    assert await Refund.filter(order_id=order.id).count() == 1
