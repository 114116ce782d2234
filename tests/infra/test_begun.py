"""Transactions whose connection is lost: they are over, and tell what went wrong."""

import asyncio
import contextlib
from typing import Any

import asyncpg
import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from ordergraph.infra.begun import begun
from ordergraph.infra.reading import rows
from tests.watching import pid


async def test_a_transaction_that_is_lost_as_it_begins_tells_why_and_is_over(
    database: str,  # noqa: ARG001  (it needs the database)
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else whatever this task did next would go to a connection that is gone."""

    async def begin(self: TransactionWrapper) -> None:
        await _lost(self)
        await self._connection.execute("BEGIN")

    with monkeypatch.context() as patch:
        patch.setattr(TransactionWrapper, "begin", begin)
        with pytest.raises(asyncpg.InterfaceError, match="released back"):
            await begun().__aenter__()

    async with begun():
        assert [tuple(row) for row in await rows("SELECT 1")] == [(1,)]


@pytest.mark.parametrize("wrong", [None, ZeroDivisionError("what went wrong")])
async def test_so_is_one_that_is_lost_before_its_end(
    database: str,  # noqa: ARG001  (it needs the database)
    wrong: Exception | None,
) -> None:
    async def work() -> None:
        async with begun() as transaction:
            await _lost(transaction)
            if wrong:
                raise wrong

    with pytest.raises((asyncpg.InterfaceError, ZeroDivisionError)) as told:
        await work()

    assert isinstance(told.value, type(wrong) if wrong else asyncpg.InterfaceError)
    async with begun():
        assert [tuple(row) for row in await rows("SELECT 1")] == [(1,)]


@pytest.mark.usefixtures("only")
async def test_what_went_wrong_is_told_and_not_that_it_could_not_be_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def rollback(_: TransactionWrapper) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12")

    async def fail() -> None:
        async with begun():
            raise ZeroDivisionError

    first = await pid()
    with monkeypatch.context() as patch:
        patch.setattr(TransactionWrapper, "rollback", rollback)
        with pytest.raises(ZeroDivisionError):
            await fail()

    assert await pid() != first, "nobody is lent a connection whose state is not known"


async def _lost(transaction: Any) -> None:
    """Let Postgres end its connection, and wait until that is known here."""
    connection = transaction._connection
    known = asyncio.Event()
    connection.add_termination_listener(lambda _: known.set())
    with contextlib.suppress(asyncpg.PostgresError):
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    await known.wait()
    await asyncio.sleep(0)
    assert connection._con is None


@pytest.mark.usefixtures("only")
async def test_who_outlives_a_transaction_says_nothing_in_the_next() -> None:
    """The one connection that there is goes from one to the other."""
    async with begun() as over:
        before, late = await pid(), over.acquire_connection()

    async with begun():
        assert await pid() == before
        async with late as connection:
            with pytest.raises(asyncpg.InterfaceError, match="released back"):
                await connection.fetch("SELECT 1")
