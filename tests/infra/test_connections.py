"""Connections of the pool: given back without a word, and all the same nothing stays in them."""

import asyncio
import contextlib
import re
from typing import Any

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from ordergraph.infra.database import alone, session, snapshot
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
