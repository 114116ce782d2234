"""What an installation needs, looked at one by one: `ordergraph check`.

Each look says in a line what it found. Nothing is changed, and no secret is quoted.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import asyncpg
from arq.connections import ArqRedis
from httpx import HTTPError
from redis.exceptions import RedisError, ResponseError
from tortoise.exceptions import BaseORMException

from ordergraph.authentication import keys_found
from ordergraph.files.storages.protocol import UnusableStorage
from ordergraph.identity.jwks import KeysAway
from ordergraph.infra import heartbeat
from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.database import connected
from ordergraph.infra.migrate import NEWEST
from ordergraph.infra.queue import connect
from ordergraph.infra.replica import PLACE
from ordergraph.payments.gateways.protocol import OutcomeUnknown, RateLimited, UnusableGateway
from ordergraph.protection import library_of, trusted_of
from ordergraph.prudence import advice
from ordergraph.schema import schema
from ordergraph.settings import Settings, SettingsError
from ordergraph.wiring import gateway_of, keeper_of

OLDEST_POSTGRES: Final = 17
"""Earlier ones know no `transaction_timeout`."""
OLDEST_REDIS: Final = 7
MOST_SKEW_S: Final = 2.0
"""Tokens are judged by our own clock, everything else by the database's."""

PROBLEMS: Final = (
    OSError,
    LookupError,
    asyncpg.PostgresError,
    BaseORMException,
    RedisError,
    SettingsError,
    UnusableGateway,
    UnusableStorage,
    HTTPError,
    OutcomeUnknown,
    RateLimited,
    KeysAway,
)


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    """It works; somebody should look at it."""
    FAIL = "FAIL"


class Doubt(Exception):
    """It works, but."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    verdict: Verdict
    detail: str

    @property
    def good(self) -> bool:
        return self.verdict is not Verdict.FAIL


Look = Callable[[Settings], Awaitable[str]]


async def run(settings: Settings) -> list[Finding]:
    """Look at everything, even when something is missing."""
    found = [Finding("settings", Verdict.OK, "every variable is known and can be read")]
    found += [await _found(what, look, settings) for what, look in LOOKS]
    real_money = settings.gateway != "sandbox"
    found += [
        Finding(word.what, Verdict.WARN, word.why)
        for word in advice(settings, real_money=real_money)
    ]
    return found


async def _found(what: str, look: Look, settings: Settings) -> Finding:
    try:
        return Finding(what, Verdict.OK, await look(settings))
    except Doubt as but:
        return Finding(what, Verdict.WARN, str(but))
    except PROBLEMS as problem:
        return Finding(what, Verdict.FAIL, str(problem) or type(problem).__name__)


async def _one(settings: Settings, statement: str, *values: object) -> object:
    return (await _row(settings.servers().database_url, statement, *values))[0]


async def _row(url: str, statement: str, *values: object) -> asyncpg.Record:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return await connection.fetchrow(statement, *values)
    finally:
        await connection.close()


async def _database(settings: Settings) -> str:
    version = int(str(await _one(settings, "SHOW server_version_num"))) // 10_000
    if version < OLDEST_POSTGRES:
        raise LookupError(f"PostgreSQL {version} is older than {OLDEST_POSTGRES}")
    return f"PostgreSQL {version} answers"


async def _migrations(settings: Settings) -> str:
    newest = await _one(settings, "SELECT max(name) FROM tortoise_migrations")
    if newest is None or str(newest) < NEWEST:
        raise LookupError(f"{newest} is not {NEWEST}: run `ordergraph migrate`")
    if newest != NEWEST:
        raise Doubt(f"{newest} is newer than {NEWEST}: an upgrade is going on, or was taken back")
    return f"up to {newest}"


MAY: Final = """
SELECT has_table_privilege('orders', 'SELECT, INSERT') AND has_table_privilege('events', 'INSERT')"""
ABOVE: Final = """
SELECT rolsuper OR has_table_privilege('ledger_entries', 'UPDATE')
FROM pg_roles WHERE rolname = current_user"""


async def _role(settings: Settings) -> str:
    if not await _one(settings, MAY):
        raise LookupError("may not write orders: the tables' owner runs `migrate --app-role`")
    if await _one(settings, ABOVE):
        raise Doubt("may change the ledger: give processes a role of their own (`--app-role`)")
    return "may do what processes need, and no more"


async def _replica(settings: Settings) -> str:
    if settings.replica_url is None:
        return "none is set: the primary answers everything"
    ours = await _row(settings.servers().database_url, PLACE)
    theirs = await _row(settings.replica_url, PLACE)
    if not theirs["follows"] or theirs["database"] != ours["database"]:
        raise LookupError("does not follow this database: nothing is read from it")
    return f"follows, {max(ours['reached'] - theirs['reached'], 0)} bytes behind"


async def _clocks(settings: Settings) -> str:
    began = time.time()
    theirs = float(str(await _one(settings, "SELECT extract(epoch FROM clock_timestamp())")))
    ahead = max(theirs - time.time(), began - theirs, 0.0)
    if ahead > MOST_SKEW_S:
        raise Doubt(f"this machine and the database differ by {ahead:.1f} s")
    return f"this machine and the database agree within {MOST_SKEW_S:.0f} s"


async def _reasons(settings: Settings) -> str:
    count = await _one(settings, "SELECT count(*) FROM reasons WHERE NOT retired")
    if not count:
        raise LookupError("none: run `ordergraph seed --no-market`")
    return f"{count} can be picked"


async def _redis(settings: Settings) -> str:
    return await _at_redis(settings, _version)


async def _keeping(settings: Settings) -> str:
    return await _at_redis(settings, _eviction)


async def _workers(settings: Settings) -> str:
    return await _at_redis(settings, _alive)


async def _at_redis(settings: Settings, look: Callable[[ArqRedis], Awaitable[str]]) -> str:
    redis = connect(settings.servers().redis_url)
    try:
        return await look(redis)
    finally:
        await redis.aclose(close_connection_pool=True)


async def _version(redis: ArqRedis) -> str:
    said = await redis.info("server")
    name, version = said.get("server_name", "redis"), str(said["redis_version"])
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        raise LookupError(f"{name} {version} is older than {OLDEST_REDIS}")
    return f"{name}, as of Redis {version}, answers"


async def _eviction(redis: ArqRedis) -> str:
    """An evicted key would be a lost ring, or a limit forgotten: harmless, but late."""
    try:
        told = [await redis.config_get(name) for name in ("maxmemory-policy", "appendonly", "save")]
    except ResponseError:
        raise Doubt("does not tell how it is configured: it should evict nothing") from None
    config = {_text(name): _text(value) for one in told for name, value in one.items()}
    policy = config.get("maxmemory-policy")
    if policy != "noeviction":
        raise LookupError(f"maxmemory-policy is {policy}, it should be noeviction")
    if config.get("appendonly") != "yes" and not config.get("save"):
        raise Doubt("evicts nothing, but a restart forgets rate limits: appendonly is no")
    return "evicts nothing, and keeps what it has"


def _text(said: str | bytes) -> str:
    return said.decode() if isinstance(said, bytes) else said


async def _alive(redis: ArqRedis) -> str:
    if not (workers := await heartbeat.alive(redis)):
        raise Doubt("none has beaten lately: nothing falls due by itself until one runs")
    return f"{len(workers)} alive"


async def _gateway(settings: Settings) -> str:
    """Whether it answers: asked for what it did in this very moment, it has to know us."""
    async with connected(settings.servers().database_url, application="ordergraph-check", pool=2):
        clock = DatabaseClock()
        gateway = gateway_of(settings, clock)
        try:
            async for _ in gateway.journal(await clock.now()):
                break
        finally:
            await gateway.aclose()
    return f"{settings.gateway} answers"


STRANDED: Final = """
SELECT count(*) FROM refunds r JOIN payments p ON p.id = r.payment_id
WHERE p.gateway <> $1 AND r.status IN ('SCHEDULED', 'ON_HOLD', 'PROCESSING', 'PENDING', 'REQUIRES_ACTION')"""


async def _refunds(settings: Settings) -> str:
    """A refund goes to whom the payment was made, by the name that payments keep; nobody else has it."""
    gateway = gateway_of(settings, DatabaseClock())
    await gateway.aclose()
    count = await _one(settings, STRANDED, gateway.name)
    if count:
        raise Doubt(f"{count} wait for another gateway: an operator settles them by hand")
    return f"all that wait are for {gateway.name}"


async def _storage(settings: Settings) -> str:
    keeper = keeper_of(settings)
    try:
        await keeper.probe()
    finally:
        await keeper.storage.aclose()
    return f"{settings.storage} answers"


async def _secret(settings: Settings) -> str:
    if settings.jwt_secret is None:
        raise LookupError("ORDERGRAPH_JWT_SECRET is not set")
    return "set"


async def _documents(settings: Settings) -> str:
    trusted = trusted_of(settings)
    if trusted is None:
        return "any document runs, within the limits"
    library = library_of(settings)
    for id_, text in trusted.bodies.items():
        wrong = library.problems(schema._schema, text)  # noqa: SLF001  (Strawberry has no other way to graphql-core's)
        if wrong:
            raise LookupError(f"trusted document {id_}: {wrong[0].message}")
    return f"{len(trusted.bodies)} trusted documents run"


# fmt: off
LOOKS: Final[tuple[tuple[str, Look], ...]] = (
    ("database",          _database),
    ("migrations",        _migrations),
    ("documents",         _documents),
    ("database role",     _role),
    ("replica",           _replica),
    ("clocks",            _clocks),
    ("reasons",           _reasons),
    ("redis",             _redis),
    ("redis keeps",       _keeping),
    ("workers",           _workers),
    ("gateway",           _gateway),
    ("refunds",           _refunds),
    ("storage",           _storage),
    ("token secret",      _secret),
    ("identity provider", keys_found),
)
# fmt: on
