"""The same key at the same time, on connections of their own: one effect, and the same answer (I1)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
from tortoise import connections

from ordergraph.disputes.models import Message
from ordergraph.infra.idempotency import IdempotencyKey
from ordergraph.orders.models import Order
from ordergraph.refunds.models import Refund
from tests.idempotency.deeds import BASKET, CANCEL, DEEDS, do, document
from tests.market import ADA, Market, gid
from tests.scripted import cashier
from tests.watching import open_transactions, snapshot

AT_ONCE = 12
TAKE = """
INSERT INTO idempotency_keys (id, user_id, key, mutation, fingerprint, created_at)
VALUES (gen_random_uuid(), $1, $2, 'orderCancel', repeat('0', 64), now())"""


@pytest.fixture
async def other(market: Market, database: str) -> AsyncIterator[asyncpg.Connection]:  # noqa: ARG001  (emptied after us)
    """Another process at the same database."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def operator(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who looks at what goes on in the database."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def _takes(other: asyncpg.Connection) -> asyncpg.transaction.Transaction:
    """Another process takes the key; what comes of that is open yet."""
    first = other.transaction()
    await first.start()
    await other.execute(TAKE, ADA.user_id, "a key")
    return first


async def _waiting(operator: asyncpg.Connection) -> int:
    """Until one of us waits for another transaction; its backend."""
    for _ in range(500):
        pid = await operator.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'tests'"
            " AND wait_event_type = 'Lock' AND datname = current_database()"
        )
        if pid is not None:
            return int(pid)
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("name", ["orderCancel", "orderPlace", "messageSend", "refundRelease"])
async def test_twelve_at_once_are_one_deed_and_twelve_equal_answers(
    market: Market, name: str
) -> None:
    given = await DEEDS[name].ready(market)
    orders, refunds = await Order.all().count(), await Refund.all().count()

    answers = await asyncio.gather(*(do(market, name, given, "a key") for _ in range(AT_ONCE)))

    assert answers[0]["__typename"].endswith("Success")
    assert answers == answers[:1] * AT_ONCE
    assert await IdempotencyKey.filter(key="a key").count() == 1
    assert await Order.all().count() - orders == (name == "orderPlace")
    assert await Refund.all().count() - refunds == (name == "orderCancel")
    assert await Message.all().count() == (name == "messageSend")


async def test_two_deeds_at_once_under_one_key_are_one_deed_and_one_refusal(
    market: Market,
) -> None:
    for number in range(8):
        one, other = [await CANCEL.ready(market) for _ in range(2)]

        answers = await asyncio.gather(
            *(do(market, "orderCancel", given, f"key {number}") for given in (one, other))
        )

        kinds = sorted(answer["__typename"] for answer in answers)
        assert kinds == ["IdempotencyError", "OrderCancelSuccess"]


async def test_when_the_first_is_refused_the_next_in_line_tries_for_itself(market: Market) -> None:
    order = await market.place()
    given = {"orderId": gid("Order", order.id)}

    answers = await asyncio.gather(
        *(do(market, "orderConfirmReceipt", given, "a key") for _ in range(AT_ONCE))
    )

    assert {answer["__typename"] for answer in answers} == {"WrongStateError"}
    assert not await IdempotencyKey.exists()


async def test_whoever_waits_for_one_that_gives_up_goes_first(
    market: Market, other: asyncpg.Connection, operator: asyncpg.Connection
) -> None:
    given = await CANCEL.ready(market)
    first = await _takes(other)

    canceling = asyncio.create_task(do(market, "orderCancel", given, "a key"))
    await _waiting(operator)
    await first.rollback()

    assert (await canceling)["__typename"] == "OrderCancelSuccess"


async def test_whoever_waits_too_long_is_told_to_ask_again_with_the_same_key(
    market: Market, other: asyncpg.Connection, operator: asyncpg.Connection
) -> None:
    """The database ends the wait; here we do it for it."""
    given = await CANCEL.ready(market)
    first = await _takes(other)

    canceling = asyncio.create_task(do(market, "orderCancel", given, "a key"))
    await operator.execute("SELECT pg_cancel_backend($1)", await _waiting(operator))
    answer = await canceling
    await first.rollback()
    again = await do(market, "orderCancel", given, "a key")

    assert (answer["__typename"], answer["retryable"]) == ("IdempotencyError", True)
    assert again["__typename"] == "OrderCancelSuccess"


async def test_a_repeat_while_the_first_is_still_paying_takes_the_money_once(
    market: Market,
) -> None:
    await market.place()
    teller, gateway = cashier(market)
    market.desk = replace(market.desk, cashier=teller)
    go_on, asked = asyncio.Event(), asyncio.Queue[int]()

    async def slow() -> None:
        await asked.put(await open_transactions())
        await go_on.wait()

    gateway.during = slow
    first = asyncio.create_task(do(market, "orderPlace", BASKET, "a key"))
    seen = [await asked.get()]
    again = asyncio.create_task(do(market, "orderPlace", BASKET, "a key"))
    seen.append(await asked.get())
    go_on.set()

    answers = await asyncio.gather(first, again)

    assert answers[0] == answers[1]
    assert answers[0]["order"]["status"] == "PROCESSING"
    assert len(gateway.captures) == 1
    assert seen == [0, 0], "no transaction is open while the gateway is asked"


# Hung up in the one turn of the loop between making a field's task and its first step, graphql-core
# leaves the resolver inside that task unstarted, and Python says so.
@pytest.mark.filterwarnings("ignore:coroutine '.*_async_resolver' was never awaited:RuntimeWarning")
@pytest.mark.parametrize("name", ["orderCancel", "disputeOpen", "disputeDecide"])
async def test_a_client_that_hangs_up_at_any_moment_leaves_all_or_nothing(
    market: Market, name: str
) -> None:
    """And takes no connection with it: the key tells afterwards what became of it."""
    given, actor = await DEEDS[name].ready(market), DEEDS[name].actor
    before = await snapshot()

    for turns in range(0, 120, 3):
        asking = asyncio.create_task(market.ask(actor, document(name), key="a key", input=given))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        if await snapshot() != before:
            assert await IdempotencyKey.filter(key="a key").count() == 1
            break

    answers = await asyncio.gather(*(do(market, name, given, "a key") for _ in range(25)))
    assert answers == answers[:1] * 25
    assert answers[0]["__typename"].endswith("Success")
    rows = await connections.get("default").execute_query_dict(
        "SELECT count(*) AS lost FROM pg_stat_activity WHERE state = 'idle in transaction'"
        " AND datname = current_database()"
    )
    assert rows == [{"lost": 0}]
