"""The pool: lends its connections as they are, in turn, and keeps no more than are used."""

import asyncio
import contextlib
from typing import Any

import asyncpg
import pytest
from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph.infra.connection import Connection
from ordergraph.infra.database import session
from ordergraph.infra.pool import USUAL, Loan, Pool
from ordergraph.infra.reading import rows
from tests.limits.waiting import until
from tests.watching import pid


async def test_only_what_has_to_wait_is_given_back_by_a_task(
    only: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    really = asyncio.shield

    def shield(work: Any) -> Any:
        if "release" in repr(work):
            begun.append(work)
        return really(work)

    monkeypatch.setattr(asyncio, "shield", shield)
    await rows("SELECT 1")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await rows("SELECT 1 / 0")
    async with in_transaction() as connection:
        await connection.execute_query("SELECT 1")
    assert begun == []

    async with session():
        await asyncio.sleep(0)
    assert len(begun) == 1
    asking = asyncio.create_task(rows("SELECT pg_sleep(60)"))
    await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.wait([asking])
    assert len(begun) == 2
    await only.expire_connections()
    async with only.acquire() as kept:
        await kept.fetchval("SELECT 1")
    assert (await rows("SELECT 2"))[0][0] == 2
    assert len(begun) == 2


@pytest.mark.usefixtures("only")
async def test_a_connection_that_ends_while_it_is_lent_is_followed_by_another(
    database: str,
) -> None:
    first, hanging = await pid(), asyncio.create_task(rows("SELECT pg_sleep(60)"))
    await asyncio.sleep(0.1)
    other = await asyncpg.connect(database)
    await other.execute("SELECT pg_terminate_backend($1)", first)
    await other.close()

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await hanging

    second = await pid()
    assert second != first
    assert await pid() == second


async def test_nobody_overtakes_who_waits_for_a_connection(only: asyncpg.Pool) -> None:
    order: list[str] = []

    async def take(name: str) -> None:
        async with (
            only.acquire()
            if name == "a transaction's"
            else connections.get("default").acquire_connection()
        ):
            order.append(name)
            await asyncio.sleep(0.01)

    names = ["one", "a transaction's", "two", "three"]
    await asyncio.gather(*(take(name) for name in names))

    assert order == names


async def test_who_leaves_the_queue_or_cannot_connect_leaves_no_gap(
    only: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Loan(only):
        waits = [asyncio.create_task(rows("SELECT 1")) for _ in range(3)]
        await asyncio.sleep(0.01)
        waits[0].cancel()
    answers = await asyncio.gather(*waits, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError, list, list]

    await only.expire_connections()
    with monkeypatch.context() as patch:
        patch.setattr(Pool, "_get_new_connection", _refused)
        with pytest.raises(ConnectionRefusedError):
            await Loan(only).__aenter__()
    assert [tuple(row) for row in await rows("SELECT 1")] == [(1,)]


async def _refused(_: Pool) -> None:
    raise ConnectionRefusedError


async def test_a_pool_that_is_closed_waits_for_what_it_has_lent(database: str) -> None:
    one = {"min_size": 1, "max_size": 1, "connection_class": Connection}
    pool = await Pool(database, **USUAL, **one)
    async with Loan(pool) as connection:
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0.05)
        assert not closing.done()
        assert await connection.fetchval("SELECT 1") == 1
        with pytest.raises(asyncpg.InterfaceError):
            await Loan(pool).__aenter__()
    await closing

    assert connection.is_closed()


async def test_what_nobody_uses_is_ended_down_to_the_least_number(database: str) -> None:
    many = {"min_size": 2, "max_size": 5, "connection_class": Connection}
    async with Pool(database, **{**USUAL, **many}) as pool:
        async with contextlib.AsyncExitStack() as lent:
            for _ in range(5):
                await lent.enter_async_context(Loan(pool))
        assert pool.get_size() == 5

        pool._tidy()
        async with Loan(pool) as connection:
            used = await connection.fetchval("SELECT pg_backend_pid()")
        pool._tidy()

        assert pool.get_size() == 2
        async with Loan(pool) as connection:
            assert await connection.fetchval("SELECT pg_backend_pid()") == used
            pool._tidy()
            assert await connection.fetchval("SELECT 1") == 1


async def test_it_is_looked_at_as_often_as_it_was_said(database: str) -> None:
    brief = {"min_size": 1, "max_size": 3, "connection_class": Connection}
    given = {**USUAL, **brief, "max_inactive_connection_lifetime": 0.05}
    async with Pool(database, **given) as pool, Loan(pool), Loan(pool):
        assert pool.get_size() == 2
        async with Loan(pool):
            assert pool.get_size() == 3
        await until(2, lambda: _size(pool))


async def _size(pool: Pool) -> int:
    return int(pool.get_size())
