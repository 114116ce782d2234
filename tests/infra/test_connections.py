"""Connections of the pool: given back without a word, and all the same nothing stays in them."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from tortoise import connections
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.transactions import in_transaction

from ordergraph.infra.begun import begun
from ordergraph.infra.connection import Connection
from ordergraph.infra.database import alone, session, snapshot
from ordergraph.infra.pool import USUAL, Loan, Pool
from ordergraph.infra.reading import rows
from tests.house.walk import files, name
from tests.limits.waiting import until
from tests.market import ADA, Market
from tests.watching import open_transactions

LOCK = 7_301
OWN_SESSIONS = {"seeds/big.py", "src/ordergraph/infra/migrate.py"}
"""What opens connections of its own, which end with it."""
BORROWING = {
    "src/ordergraph/books/rules.py",  # for journal.py
    "src/ordergraph/infra/database.py",
}
"""What keeps something in a session, and borrows it by `session`."""
LASTING = re.compile(
    r"""pg_(try_)?advisory_lock\b|set_config\(|["'(;]\s*SET\s+(?!LOCAL\b|TRANSACTION\b)"""
    r"""|["']\s*(UN)?LISTEN\b|CREATE\s+TEMP|WITH\s+HOLD""",
)


@pytest.fixture
async def only(database: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool of one connection, made as ours are: whoever borrows gets what the last one left."""
    one = {"min_size": 1, "max_size": 1, "connection_class": Connection}
    async with Pool(database, **USUAL, **one) as pool:
        client = connections.get("default")
        own, client._pool = client._pool, pool
        try:
            yield pool
        finally:
            client._pool = own


async def _kept() -> dict[str, Any]:
    """What the session of the only connection holds."""
    (row,) = await rows("""
        SELECT current_setting('work_mem') AS work_mem, current_setting('timezone') AS zone,
            (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
                AS locks,
            (SELECT count(*) FROM pg_cursors WHERE is_holdable) AS cursors,
            (SELECT count(*) FROM pg_listening_channels()) AS channels""")
    return dict(row)


async def _heard(pool: asyncpg.Pool) -> list[str]:
    """Note down what the only connection is told from now on."""
    said: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda record: said.append(record.query))
    return said


@pytest.mark.usefixtures("only")
async def test_whatever_a_borrowed_session_keeps_is_gone_when_it_is_back() -> None:
    before = await _kept()

    async with session() as connection:
        await connection.execute("SET work_mem = '7MB'; SET timezone = 'Asia/Tokyo'")
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute("LISTEN somebody")
        await connection.execute("DECLARE c CURSOR WITH HOLD FOR SELECT 1")

    assert await _kept() == before
    assert (before["locks"], before["channels"], before["cursors"]) == (0, 0, 0)


@pytest.mark.usefixtures("only")
async def test_a_task_that_is_canceled_while_it_holds_a_session_leaves_nothing() -> None:
    before, begun = await _kept(), asyncio.Event()

    async def holds() -> None:
        async with session() as connection:
            await connection.execute("SET work_mem = '7MB'")
            begun.set()
            await connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(holds())
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])

    assert await _kept() == before


@pytest.mark.usefixtures("only")
async def test_what_a_transaction_sets_and_locks_ends_with_it() -> None:
    before = await _kept()

    for ends in (contextlib.nullcontext(), pytest.raises(ZeroDivisionError)):
        with ends as problem:
            async with in_transaction() as connection:
                await connection.execute_query("SET LOCAL work_mem = '7MB'")
                await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [LOCK])
                assert (await _kept())["locks"] == 1
                assert problem is None or 1 / 0

    assert await _kept() == before


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

    first = await _pid()
    with monkeypatch.context() as patch:
        patch.setattr(TransactionWrapper, "rollback", rollback)
        with pytest.raises(ZeroDivisionError):
            await fail()

    assert await _pid() != first, "nobody is lent a connection whose state is not known"


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
async def test_a_snapshot_leaves_connections_that_can_write() -> None:
    async with snapshot():
        assert (await rows("SHOW transaction_read_only"))[0][0] == "on"

    assert (await rows("SHOW transaction_read_only"))[0][0] == "off"
    assert (await rows("SHOW transaction_isolation"))[0][0] == "read committed"


async def test_only_who_alters_a_session_has_it_cleaned_up_and_that_once(
    only: asyncpg.Pool,
) -> None:
    said = await _heard(only)

    await rows("SELECT 1")
    await asyncio.sleep(0)  # the driver tells its listeners in the next turn of the loop
    assert said == ["SELECT 1"]

    async with alone(LOCK) as ours:
        assert ours
    await asyncio.sleep(0)
    assert "RESET ALL" in said[-1]

    said.clear()
    await rows("SELECT 2")
    await asyncio.sleep(0)
    assert said == ["SELECT 2"]


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


@pytest.mark.usefixtures("database")
async def test_whoever_leaves_while_a_statement_is_prepared_leaves_no_transaction_open() -> None:
    """The server waits for the rest of it then, with locks, until somebody uses the line again."""
    await asyncio.gather(
        *(rows("SELECT pg_sleep(0.05)") for _ in range(20))
    )  # lines enough for all

    async def leave(turn: int, after_s: float) -> None:
        reading = asyncio.create_task(rows(f"SELECT {turn} FROM orders"))
        await asyncio.sleep(after_s)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    for turn in range(20):
        await asyncio.gather(*(leave(20 * turn + n, n / 5_000) for n in range(20)))
        await until(0, open_transactions)


async def _pid() -> int:
    return int((await rows("SELECT pg_backend_pid()"))[0][0])


@pytest.mark.usefixtures("only")
async def test_a_connection_that_ends_while_it_is_lent_is_followed_by_another(
    database: str,
) -> None:
    first, hanging = await _pid(), asyncio.create_task(rows("SELECT pg_sleep(60)"))
    await asyncio.sleep(0.1)
    other = await asyncpg.connect(database)
    await other.execute("SELECT pg_terminate_backend($1)", first)
    await other.close()

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await hanging

    second = await _pid()
    assert second != first
    assert await _pid() == second


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


async def test_rows_reads_what_its_own_transaction_wrote(market: Market) -> None:
    order = await market.place()

    async with market.edge.transaction(ADA):
        await rows("UPDATE orders SET carrier = $2 WHERE id = $1", order.id, "Post")
        seen = await rows("SELECT carrier FROM orders WHERE id = $1", order.id)
        both = await asyncio.gather(*(rows("SELECT $1::int AS n", n) for n in range(3)))

    assert [row["carrier"] for row in seen] == ["Post"]
    assert [[row["n"] for row in found] for found in both] == [[0], [1], [2]]


@pytest.mark.usefixtures("database")
async def test_rows_asks_the_pool_where_no_transaction_is_open() -> None:
    first, second = await asyncio.gather(
        *(rows("SELECT pg_backend_pid() AS pid, pg_sleep(0.05)") for _ in range(2))
    )

    assert first[0]["pid"] != second[0]["pid"]


def test_nothing_else_in_the_house_keeps_anything_in_a_session() -> None:
    found = {
        name(path) for path in files("src", "workers", "seeds") if LASTING.search(path.read_text())
    }

    assert found == OWN_SESSIONS | BORROWING
