"""What several ask in one turn of the event loop is one statement, and each gets their own of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import pytest
from structlog.testing import capture_logs
from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph.infra.coalescing import MOST, Coalescer, Found, Question, question
from ordergraph.infra.database import SESSION, connection_to
from ordergraph.infra.pool import Client
from tests.limits.waiting import locked, until
from tests.watching import pid, statements

pytestmark = pytest.mark.usefixtures("database")
TABLE = "generate_series(1, 100) AS number"
MINE = "number = $1::int8"
SEVENS = question("number, number * 7", TABLE, MINE)
FRACTIONS = question("840 / (number - 5)", TABLE, MINE)
COMPANY = question("count(*) OVER ()", TABLE, MINE)
WHERE = question("pg_backend_pid()", TABLE, MINE)
NAMED = question("current_setting('application_name')", TABLE, MINE)
HELD = question("number, pg_advisory_xact_lock_shared(77)::text", TABLE, MINE)
HOLD = "SELECT pg_advisory_xact_lock(77)"
CROWD = 20


async def _ask(coalescer: Coalescer, asked: Question, numbers: Any) -> list[Found]:
    return await asyncio.gather(*(coalescer.rows(asked, number) for number in numbers))


def _plain(found: list[Found]) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in rows] for rows in found]


async def test_each_gets_what_is_theirs() -> None:
    """Also who asks for what another asks for, too, and who asks for nothing that is there."""
    numbers = [*range(1, CROWD), 7, 7, 300, *range(CROWD, 1, -1)]
    with statements() as seen:
        found = await _ask(Coalescer(), SEVENS, numbers)

    assert _plain(found) == [[(n, n * 7)] if n <= 100 else [] for n in numbers]
    assert set(seen) == set(SEVENS)
    assert len(seen) < len(numbers) / 3


@pytest.mark.parametrize("many", [1, 2, 3])
async def test_a_few_ask_as_if_they_were_alone(many: int) -> None:
    with statements() as seen:
        found = await _ask(Coalescer(), SEVENS, range(1, many + 1))

    assert _plain(found) == [[(n, n * 7)] for n in range(1, many + 1)]
    assert seen == [SEVENS.alone] * many


@pytest.mark.parametrize("many", [4, 6, 12, 60])
async def test_no_more_than_half_share_a_statement_and_never_more_than_eight(many: int) -> None:
    found = await _ask(Coalescer(), COMPANY, range(1, many + 1))
    most = max(rows[0][0] for rows in found)

    assert most <= min(MOST, many // 2)
    assert most == MOST or many < 60


async def test_what_differs_is_not_asked_together() -> None:
    coalescer, others = Coalescer(), question("number", TABLE, MINE)

    sevens, plain = await asyncio.gather(
        _ask(coalescer, SEVENS, range(1, 9)), _ask(coalescer, others, range(1, 9))
    )

    assert _plain(sevens) == [[(n, n * 7)] for n in range(1, 9)]
    assert _plain(plain) == [[(n,)] for n in range(1, 9)]


async def test_of_those_who_fail_together_each_is_told_what_is_theirs() -> None:
    numbers = [n for n in range(1, CROWD) if n != 5]
    coalescer = Coalescer()
    with capture_logs() as logs:
        *others, fifth = await asyncio.gather(
            *(coalescer.rows(FRACTIONS, n) for n in (*numbers, 5)), return_exceptions=True
        )

    assert isinstance(fifth, asyncpg.DivisionByZeroError)
    assert [rows[0][0] for rows in _found(others)] == [int(840 / (n - 5)) for n in numbers]
    assert [(line["event"], line["problem"]) for line in logs] == [
        ("together.failed", "DivisionByZeroError")
    ]


async def test_who_leaves_takes_nothing_from_the_others(database: str) -> None:
    async with _held(database) as tasks:
        for task in tasks[::2]:
            task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(each, asyncio.CancelledError) for each in answers[::2])
    assert [rows[0][0] for rows in _found(answers[1::2])] == list(range(2, CROWD + 1, 2))


@pytest.mark.parametrize("stay", [0, 1, 3])
async def test_who_leaves_before_it_is_sent_is_not_asked_for(stay: int) -> None:
    """And whoever comes next waits for nobody who has left."""
    coalescer = Coalescer()
    with statements() as seen:
        asking = _asking(coalescer, SEVENS)
        await asyncio.sleep(0)
        for task in asking[stay:]:
            task.cancel()
        await asyncio.wait(asking)
        sent = len(seen)
        again = await asyncio.wait_for(_ask(coalescer, SEVENS, range(1, CROWD)), 5)

    assert [task.cancelled() for task in asking] == [n >= stay for n in range(CROWD)]
    assert sent <= 3
    assert [rows[0][0] for rows in again] == list(range(1, CROWD))
    assert coalescer._gathering == {}


async def test_nor_is_who_only_tried_whether_there_is_anything_to_wait_for() -> None:
    """As compiled code does (ready.py): then nothing has run of what it began."""
    coalescer = Coalescer()
    coalescer._asking = CROWD
    for number in range(1, 4):
        tried = coalescer.rows(SEVENS, number)
        tried.send(None)
        tried.close()

    found = await asyncio.wait_for(_ask(coalescer, SEVENS, range(1, CROWD)), 5)

    assert [rows[0][0] for rows in found] == list(range(1, CROWD))


async def test_when_all_have_left_their_statement_ends(database: str) -> None:
    async with _held(database) as tasks:
        for task in tasks:
            task.cancel()
        await until(0)

    await asyncio.wait(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_what_is_read_in_a_transaction_stays_in_it_and_in_its_task() -> None:
    """Else it could be ended under a statement that somebody else's task is waiting for."""
    async with in_transaction():
        mine = await pid()
        with statements() as seen:
            found = await _ask(Coalescer(), WHERE, range(1, 9))

    assert {rows[0][0] for rows in found} == {mine}
    assert set(seen) == {WHERE.alone}


async def test_each_asks_the_database_that_is_theirs(database: str) -> None:
    """Some of those who come together may read from a replica, others not."""
    coalescer, other = Coalescer(), await _client(database, "another")

    async def there(number: int) -> Found:
        token = connections.set("default", other)
        try:
            return await coalescer.rows(NAMED, number)
        finally:
            connections.reset(token)

    try:
        found = await asyncio.gather(
            *(there(n) if n % 3 else coalescer.rows(NAMED, n) for n in range(1, CROWD))
        )
    finally:
        await other.close()

    assert [rows[0][0] == "another" for rows in found] == [n % 3 > 0 for n in range(1, CROWD)]


@pytest.mark.parametrize(
    "condition", ["number = $1", "number = $2::int8", "number = ANY($1::int8[])"]
)
def test_each_argument_is_one_value_and_says_its_type(condition: str) -> None:
    with pytest.raises(AssertionError):
        question("number", TABLE, condition)


def _found(answers: Sequence[Found | BaseException]) -> list[Found]:
    """Raises what one of them is."""
    for each in answers:
        if isinstance(each, BaseException):
            raise each
    return cast(list[Found], answers)


def _asking(coalescer: Coalescer, asked: Question) -> list[asyncio.Task[Found]]:
    return [asyncio.create_task(coalescer.rows(asked, n)) for n in range(1, CROWD + 1)]


@asynccontextmanager
async def _held(database: str) -> AsyncIterator[list[asyncio.Task[Found]]]:
    """A crowd whose statements all wait for a lock while the block lasts."""
    async with locked(database, HOLD):
        with statements() as seen:
            asking = _asking(Coalescer(), HELD)
            for _ in range(5):
                await asyncio.sleep(0)
        assert set(seen) == set(HELD)
        await until(len(seen))
        yield asking


async def _client(url: str, application: str) -> Client:
    chosen = connection_to(url, application, 2, SESSION)
    client = Client(**chosen["credentials"], connection_name="default")
    await client.create_connection(with_db=True)
    return client
