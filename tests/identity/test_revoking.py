"""Tokens that were taken back: refused by every process at once, and for good (A8)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis
from tortoise import connections

from ordergraph.identity import revoking
from ordergraph.identity.actions import revoke_token, revoke_user
from ordergraph.identity.claims import BadToken, Identity
from ordergraph.identity.models import RevokedToken
from ordergraph.identity.revoking import LISTED, REVOKED, Revocations, Revoking
from ordergraph.infra.hub import Hub
from ordergraph.infra.meanwhile import meanwhile
from ordergraph.kernel.actor import Role, user_id_of
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.wiring import relaying
from tests.api.doors import HOUR, TOKENS
from tests.conftest import Servers
from tests.identity.issuing import House
from tests.tour.installation import environment, ordergraph

pytestmark = pytest.mark.usefixtures("clean")
SOON_S = 20.0


def _token(name: str = "ada") -> str:
    return TOKENS.issue(name, frozenset({Role.BUYER}), name.title(), HOUR)


async def _dated(identity: Identity, seconds: float) -> Identity:
    """The same person with a token that was given so many seconds from now."""
    rows = await connections.get("default").execute_query_dict("SELECT clock_timestamp() AS now")
    given_at = rows[0]["now"] + timedelta(seconds=seconds)
    return Identity(
        identity.actor, identity.external_id, "", identity.expires_at, issued_at=given_at
    )


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not true():  # noqa: ASYNC110  (what another task reads sets no event)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _process(hub: Hub) -> AsyncIterator[Revoking]:
    """One API process, as far as it knows of revocations."""
    process = Revoking(TOKENS, hub)
    await process.revocations.read()
    async with meanwhile(process.keep_reading):
        yield process


async def test_a_token_that_was_taken_back_opens_nothing_and_its_neighbor_does() -> None:
    stolen, kept = _token(), _token()
    process = Revoking(TOKENS, Hub())
    before = await process.authenticate(stolen)

    await revoke_token(stolen)
    assert await process.revocations.read()

    with pytest.raises(BadToken, match="taken back"):
        await process.authenticate(stolen)
    assert process.revoked(before)
    assert not process.revoked(await process.authenticate(kept))


async def test_a_token_is_taken_back_by_its_name_alone() -> None:
    token = _token()
    process = Revoking(TOKENS, Hub())
    name = (await process.authenticate(token)).token_id
    assert name is not None

    assert await revoke_token(name) == name
    assert await process.revocations.read()

    with pytest.raises(BadToken):
        await process.authenticate(token)


async def test_by_its_name_alone_it_is_taken_back_for_good() -> None:
    """Nobody knows when it ends, and service accounts have tokens for years."""
    token = TOKENS.issue("shop", frozenset({Role.OPERATOR}), "Shop", timedelta(days=3_000))
    identity = await TOKENS.authenticate(token)
    assert identity.token_id is not None

    await revoke_token(identity.token_id)

    assert (await RevokedToken.get()).expires_at > identity.expires_at


async def test_of_two_tokens_of_one_name_both_are_taken_back(house: House) -> None:
    """Some providers name a session, and renew its token: the name is kept until the last has ended."""
    soon, later = (datetime.now(UTC) + timedelta(minutes=span) for span in (1, 60))
    first, second = (house.token(jti="session", exp=int(end.timestamp())) for end in (soon, later))

    for token in (first, second, first):
        await revoke_token(token)

    assert (await RevokedToken.get()).expires_at >= later.replace(microsecond=0)


async def test_a_token_may_be_given_as_it_stands_in_the_header() -> None:
    token = _token()
    process = Revoking(TOKENS, Hub())

    await revoke_token(f"Bearer {token}")
    await process.revocations.read()

    with pytest.raises(BadToken):
        await process.authenticate(token)


@pytest.mark.parametrize("cut", [0, 12, 200, -50])
async def test_nobody_is_told_that_half_a_token_was_taken_back(cut: int) -> None:
    with pytest.raises(InvalidInput):
        await revoke_token(_token()[:cut])

    assert await RevokedToken.all().count() == 0


async def test_a_token_of_a_provider_that_names_none_is_taken_back_too(house: House) -> None:
    process = Revoking(house.provider(), Hub())
    token = house.token()
    assert await process.authenticate(token)

    await revoke_token(token)
    assert await process.revocations.read()

    with pytest.raises(BadToken):
        await process.authenticate(token)
    assert await process.authenticate(house.token(name="Another"))


async def test_whatever_somebody_was_given_is_taken_back_and_what_comes_later_is_good() -> None:
    process = Revoking(TOKENS, Hub())
    ada, ben = await process.authenticate(_token()), await process.authenticate(_token("ben"))

    await revoke_user(user_id_of("ada"))
    await process.revocations.read()

    assert process.revoked(ada), "given in the same second, it counts as before"
    assert process.revoked(await _dated(ada, -60))
    assert not process.revoked(await _dated(ada, +60))
    assert not process.revoked(ben)


async def test_somebody_can_be_thrown_out_twice() -> None:
    process = Revoking(TOKENS, Hub())
    await revoke_user(user_id_of("ada"))
    await process.revocations.read()
    between = await _dated(await TOKENS.authenticate(_token()), 0)
    assert not process.revoked(between)

    await revoke_user(user_id_of("ada"))
    assert await process.revocations.read()

    assert process.revoked(between)


async def test_a_process_that_starts_later_knows_what_was_taken_back() -> None:
    token = _token()
    await revoke_token(token)

    async with _process(Hub()) as process:
        with pytest.raises(BadToken):
            await process.authenticate(token)


async def test_nothing_new_wakes_nobody() -> None:
    process = Revoking(TOKENS, Hub())
    await revoke_token(_token())
    assert await process.revocations.read()

    assert not await process.revocations.read()


async def test_a_token_that_has_expired_is_forgotten() -> None:
    past = TOKENS.issue("ada", frozenset({Role.BUYER}), "Ada", timedelta(hours=-1))
    process = Revoking(TOKENS, Hub())
    await revoke_token(past)
    await process.revocations.read()
    assert not process.revocations.tokens

    await revoke_token(_token())

    assert await RevokedToken.all().count() == 1


async def test_who_serves_somebody_for_long_is_told_when_the_list_is_read() -> None:
    """Then, and not before, `revoked` says so: the one nudge follows the other."""
    hub = Hub()
    async with _process(hub) as process, hub.listen(REVOKED) as nudged:
        identity = await process.authenticate(_token())
        waiting = asyncio.create_task(nudged())
        assert identity.token_id is not None
        await revoke_token(identity.token_id)

        hub.nudge([LISTED])
        await asyncio.wait_for(waiting, SOON_S)

        assert process.revoked(identity)


async def test_all_processes_learn_it_at_once_over_redis(servers: Servers) -> None:
    token = _token()
    async with AsyncExitStack() as stack:
        lines = [Redis.from_url(servers.redis_url) for _ in range(2)]
        hubs = [Hub(each) for each in lines]
        for each in lines:
            stack.push_async_callback(each.aclose)
        for hub in hubs:
            stack.push_async_callback(hub.aclose)
            await stack.enter_async_context(relaying(hub))
        there, here = [await stack.enter_async_context(_process(hub)) for hub in hubs]
        identity = await there.authenticate(token)
        await asyncio.sleep(0.1)  # until the line is up

        await revoke_token(token)
        here.hub.publish([LISTED])
        await here.hub.flush()

        await _until(lambda: there.revocations.hold(identity))
        with pytest.raises(BadToken):
            await there.authenticate(token)


async def test_without_redis_it_takes_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revoking, "READ_EVERY_S", 0.05)
    async with _process(Hub()) as process:
        identity = await process.authenticate(_token())

        await revoke_user(user_id_of("ada"))

        await _until(lambda: process.revocations.hold(identity))


@pytest.mark.parametrize(
    "problem",
    [
        asyncpg.CannotConnectNowError,
        asyncpg.ConnectionDoesNotExistError,
        asyncpg.AdminShutdownError,
        asyncpg.InternalClientError,
        ConnectionRefusedError,
    ],
)
async def test_a_postgres_that_restarts_ends_no_reading(
    monkeypatch: pytest.MonkeyPatch, problem: type[Exception]
) -> None:
    monkeypatch.setattr(revoking, "READ_EVERY_S", 0.02)
    async with _process(Hub()) as process:
        identity, failed = await process.authenticate(_token()), asyncio.Event()

        async def away(_: object) -> bool:
            failed.set()
            raise problem("it restarts")

        with monkeypatch.context() as restarting:
            restarting.setattr(revoking.Revocations, "read", away)
            await asyncio.wait_for(failed.wait(), SOON_S)
        await revoke_user(user_id_of("ada"))

        await _until(lambda: process.revocations.hold(identity))


async def test_what_was_read_holds_while_postgres_is_away() -> None:
    process = Revoking(TOKENS, Hub())
    token = _token()
    await revoke_token(token)
    await process.revocations.read()
    connection = connections.get("default")
    await connection.execute_query("ALTER TABLE revoked_users RENAME TO away")
    try:
        await process._read()
    finally:
        await connection.execute_query("ALTER TABLE away RENAME TO revoked_users")

    with pytest.raises(BadToken):
        await process.authenticate(token)


async def test_an_operator_takes_them_back_by_command(servers: Servers, tmp_path: Path) -> None:
    env = environment(tmp_path, database_url=servers.database_url, redis_url=servers.redis_url)
    name = uuid4().hex
    process = Revoking(TOKENS, Hub())
    ada = await process.authenticate(_token())

    one = await asyncio.to_thread(ordergraph, "revoke", "token", name, env=env)
    all_ = await asyncio.to_thread(ordergraph, "revoke", "user", "ada", env=env)

    assert (one.code, one.out, one.err) == (0, f"revoked {name}\n", "")
    assert (all_.code, all_.out) == (0, "revoked whatever ada was given until now\n")
    await process.revocations.read()
    assert name in process.revocations.tokens
    assert process.revoked(ada)


async def test_what_has_ended_since_is_nothing_new() -> None:
    """Else every process would wake all its sockets again and again, until another token is taken back."""
    soon = datetime.now(UTC) + timedelta(seconds=0.3)
    await RevokedToken.create(id="theirs", expires_at=soon, revoked_at=soon - timedelta(days=1))
    revocations = Revocations()
    assert await revocations.read()
    assert not await revocations.read()
    await asyncio.sleep(0.4)

    assert [await revocations.read() for _ in range(3)] == [False] * 3
    assert revocations.tokens == {}
    assert not await Revocations().read()
