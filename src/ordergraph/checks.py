"""What an installation needs, looked at one by one: `ordergraph check`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pkgutil import iter_modules
from typing import Final

import asyncpg
from arq.connections import ArqRedis
from httpx import HTTPError
from redis.exceptions import RedisError
from tortoise.exceptions import BaseORMException

from ordergraph import migrations
from ordergraph.files.storages.protocol import UnusableStorage
from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.database import connected
from ordergraph.infra.queue import connect
from ordergraph.payments.gateways.protocol import OutcomeUnknown, RateLimited, UnusableGateway
from ordergraph.settings import Settings, SettingsError
from ordergraph.wiring import gateway_of, keeper_of

OLDEST_POSTGRES: Final = 15
NEWEST_MIGRATION: Final = max(step.name for step in iter_modules(migrations.__path__))

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
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    detail: str


async def run(settings: Settings) -> list[Finding]:
    """Look at everything, even when something is missing."""
    return [
        await _found("database", lambda: _database(settings)),
        await _found("migrations", lambda: _migrations(settings)),
        await _found("reasons", lambda: _reasons(settings)),
        await _found("redis", lambda: _redis(settings)),
        await _found("gateway", lambda: _gateway(settings)),
        await _found("storage", lambda: _storage(settings)),
        await _found("token secret", lambda: _secret(settings)),
    ]


async def _found(what: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, good=True, detail=await look())
    except PROBLEMS as problem:
        return Finding(what, good=False, detail=str(problem) or type(problem).__name__)


async def _one(settings: Settings, statement: str) -> object:
    connection = await asyncpg.connect(settings.servers().database_url, timeout=5)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _database(settings: Settings) -> str:
    version = int(str(await _one(settings, "SHOW server_version_num"))) // 10_000
    if version < OLDEST_POSTGRES:
        raise LookupError(f"PostgreSQL {version} is older than {OLDEST_POSTGRES}")
    return f"PostgreSQL {version} answers"


async def _migrations(settings: Settings) -> str:
    newest = await _one(settings, "SELECT max(name) FROM tortoise_migrations")
    if newest != NEWEST_MIGRATION:
        raise LookupError(f"{newest} is not {NEWEST_MIGRATION}: run `ordergraph migrate`")
    return f"up to {newest}"


async def _reasons(settings: Settings) -> str:
    count = await _one(settings, "SELECT count(*) FROM reasons WHERE NOT retired")
    if not count:
        raise LookupError("none: run `ordergraph seed --no-market`")
    return f"{count} can be picked"


async def _redis(settings: Settings) -> str:
    redis = connect(settings.servers().redis_url)
    try:
        return await _eviction(redis)
    finally:
        await redis.aclose(close_connection_pool=True)


async def _eviction(redis: ArqRedis) -> str:
    """An evicted key would be a lost ring: harmless, but late."""
    policy = (await redis.config_get("maxmemory-policy")).get("maxmemory-policy")
    if policy not in {"noeviction", b"noeviction"}:
        raise LookupError(f"maxmemory-policy is {policy}, it should be noeviction")
    return "answers, and evicts nothing"


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


async def _storage(settings: Settings) -> str:
    """Whether it answers and lets us write: deleting what is not there needs both."""
    storage = keeper_of(settings).storage
    try:
        await storage.delete("nothing/nothing")
    finally:
        await storage.aclose()
    return f"{settings.storage} answers"


async def _secret(settings: Settings) -> str:
    if settings.jwt_secret is None:
        raise LookupError("ORDERGRAPH_JWT_SECRET is not set")
    return "set"
