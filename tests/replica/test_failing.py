"""A replica that is behind, away, or in the way: the primary answers, and clients notice nothing."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ordergraph.infra import embedded
from ordergraph.infra import marks as marks_module
from ordergraph.infra import replica as module
from ordergraph.infra.counters import REPLICA_QUERIES, REPLICA_STATEMENTS_AGAIN
from ordergraph.infra.database import STATEMENT_S
from ordergraph.infra.marks import Marks
from ordergraph.infra.reading import rows
from ordergraph.infra.replica import following
from ordergraph.kernel.actor import Actor, Role
from tests.conftest import Servers
from tests.faults.deployment import until
from tests.replica.conftest import Branch, fit
from tests.replica.standby import Standby

ANYBODY = Actor(frozenset({Role.BUYER}), uuid4())
"""Who has done nothing yet, and has no mark."""
SLOW = "SELECT pg_is_in_recovery(), pg_sleep(CASE WHEN pg_is_in_recovery() THEN 60 ELSE 0 END)"


def _served(by: str) -> float:
    return REPLICA_QUERIES.labels(by)._value.get()


async def _write(servers: Servers, *statements: str) -> None:
    connection: Any = await asyncpg.connect(servers.database_url)
    for sql in statements:
        await connection.execute(sql)
    await connection.close()


async def _in_recovery(branch: Branch, sql: str = SLOW) -> bool:
    """Whether the replica has answered this, as part of a query."""
    return bool((await branch.replica.serve(ANYBODY, lambda: rows(sql)))[0][0])


async def _unfit(branch: Branch) -> bool:
    return not branch.replica.fit


async def test_one_that_is_behind_is_not_asked(
    branch: Branch, running: Standby, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEHIND_S", 1.0)
    monkeypatch.setattr(module, "LOOK_S", 0.1)
    await until(lambda: fit(branch.replica))
    await running.pause()
    await _write(servers, "CREATE TABLE IF NOT EXISTS more ()", "DROP TABLE more")
    await until(lambda: _unfit(branch))
    before = _served("behind")

    assert not await _in_recovery(branch, "SELECT pg_is_in_recovery()")

    assert _served("behind") == before + 1
    assert branch.replica.behind_s > 1
    await running.resume()
    await until(lambda: fit(branch.replica))
    assert await _in_recovery(branch, "SELECT pg_is_in_recovery()")


async def test_one_that_is_killed_in_the_middle_of_a_statement(
    branch: Branch, running: Standby
) -> None:
    again = REPLICA_STATEMENTS_AGAIN._value.get()
    asked = [asyncio.create_task(_in_recovery(branch)) for _ in range(5)]
    await until(
        lambda: running.one(
            "SELECT count(*) = 5 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        )
    )

    running.child.kill()

    assert await asyncio.gather(*asked) == [False] * 5
    assert REPLICA_STATEMENTS_AGAIN._value.get() == again + 5
    assert await _unfit(branch)
    for _ in range(20):
        assert not await _in_recovery(branch)
    running.start()
    await until(lambda: fit(branch.replica))
    assert await _in_recovery(branch, "SELECT pg_is_in_recovery()")


@pytest.mark.parametrize("problem", [asyncpg.InternalClientError, RuntimeError])
async def test_whatever_goes_wrong_with_a_look_it_is_looked_at_again(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, problem: type[Exception]
) -> None:
    looks = []

    async def ask(sql: str) -> Any:
        looks.append(sql)
        raise problem("cannot switch to state 12; another operation (2) is in progress")

    async def thrice() -> bool:
        return len(looks) >= 3

    with monkeypatch.context() as broken:
        broken.setattr(branch.replica.reader, "ask", ask)
        branch.replica.lose()
        await until(thrice)
        assert await _unfit(branch)

    await until(lambda: fit(branch.replica))


@pytest.mark.usefixtures("unwatched")
async def test_a_line_that_breaks_just_then_is_no_concern_of_the_client_s(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(_: str) -> Any:
        raise asyncpg.InternalClientError("cannot switch to state 12")

    monkeypatch.setattr(branch.replica.reader, "ask", ask)

    assert not await _in_recovery(branch, "SELECT pg_is_in_recovery()")
    assert await _unfit(branch)


@pytest.mark.usefixtures("unwatched")
async def test_one_that_restarts_while_nobody_asks_has_to_show_again_how_far_it_is(
    branch: Branch, running: Standby
) -> None:
    """Recovery may begin before what it had replayed already."""
    assert branch.replica.fit

    running.child.kill()
    await until(lambda: _unfit(branch))

    running.start()
    await asyncio.sleep(0.1)
    assert not await _in_recovery(branch, "SELECT pg_is_in_recovery()")


async def test_one_that_hangs_is_waited_for_no_longer_than_it_may(
    branch: Branch, unwatched: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.3)
    again, began = REPLICA_STATEMENTS_AGAIN._value.get(), time.monotonic()

    assert not await _in_recovery(branch)

    assert time.monotonic() - began < 3
    assert REPLICA_STATEMENTS_AGAIN._value.get() == again + 1
    assert await _unfit(branch)
    monkeypatch.setattr(module, "PATIENCE_S", 30.0)
    unwatched.set()
    await until(lambda: fit(branch.replica))


async def test_a_statement_in_the_way_of_what_is_replayed_is_asked_again(
    branch: Branch, running: Standby, servers: Servers
) -> None:
    """SQLSTATE 40001: canceling statement due to conflict with recovery."""
    await _write(servers, "DROP TABLE IF EXISTS looked_at", "CREATE TABLE looked_at ()")
    await running.level()
    held = f"{SLOW} FROM (SELECT count(*) FROM looked_at) AS n"
    asked = asyncio.create_task(_in_recovery(branch, held))
    await until(
        lambda: running.one(
            "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        )
    )

    async with running.hurrying():
        await _write(servers, "TRUNCATE looked_at")

        assert not await asked
    assert branch.replica.fit
    await _write(servers, "DROP TABLE looked_at")


async def test_without_redis_nobody_knows_who_has_a_mark(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Marks(embedded.valkey_url(embedded.free_port()))
    monkeypatch.setattr(branch.replica, "marks", away)
    assert await _in_recovery(branch, "SELECT true"), "answered by whomever"
    before = _served("marks_away")

    await branch.place()  # its mark is lost, and nothing else
    assert not await _in_recovery(branch, "SELECT pg_is_in_recovery()")

    assert _served("marks_away") == before + 1
    await away.aclose()


async def test_marks_that_may_have_been_lost_count_for_as_long_as_they_would_have(
    marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = uuid4()
    monkeypatch.setattr(marks_module, "MARKED_S", 0.5)
    working, away = marks._redis, Marks(embedded.valkey_url(embedded.free_port()))
    monkeypatch.setattr(marks, "_redis", away._redis)
    await marks.look()
    monkeypatch.setattr(marks, "_redis", working)

    assert await marks.on(somebody)
    await asyncio.sleep(0.6)
    assert not await marks.on(somebody)
    await away.aclose()


@pytest.mark.parametrize("where", ["the primary itself", "nowhere"])
async def test_what_is_no_replica_of_ours_is_never_asked(
    where: str, clean: str, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    nowhere = embedded.postgres_url(embedded.free_port())
    url = clean if where == "the primary itself" else nowhere
    async with following(url, marks, application="tests", statement_s=STATEMENT_S) as replica:

        async def told() -> bool:
            return bool(replica._told)

        await until(told)
        assert not replica.fit
        assert await replica.serve(ANYBODY, lambda: rows("SELECT 1"))
