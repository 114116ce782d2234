"""Connections and transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg
import structlog
from tortoise import Tortoise, connections
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.transactions import in_transaction

from ordergraph.infra.begun import begun
from ordergraph.infra.chaining import Happened, append
from ordergraph.infra.connection import Connection
from ordergraph.infra.idempotency import Deed, Result, claim, conclusion
from ordergraph.infra.writing import Batch, Write
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.clock import Clock
from ordergraph.kernel.event import Event

MODELS: Final = [
    "ordergraph.infra.outbox",
    "ordergraph.infra.dead_letters",
    "ordergraph.infra.idempotency",
    "ordergraph.identity.models",
    "ordergraph.accounts.models",
    "ordergraph.marketplace.models",
    "ordergraph.notifications.models",
    "ordergraph.orders.models",
    "ordergraph.files.models",
    "ordergraph.payments.models",
    "ordergraph.payments.ledger.models",
    "ordergraph.refunds.models",
    "ordergraph.cancellations.models",
    "ordergraph.disputes.models",
    "ordergraph.disputes.quiet.models",
    "ordergraph.disputes.rules.models",
    "ordergraph.disputes.decisions.models",
    "ordergraph.appeals.models",
    "ordergraph.withdrawals.models",
    "ordergraph.reminders.models",
    "ordergraph.books.models",
    "ordergraph.outgoing.models",
]

STATEMENT_S: Final = 15.0
"""How long a statement may take; waiting for a row's lock counts."""
TRANSACTION_S: Final = 2 * STATEMENT_S
"""How long a transaction may take. A process that froze between two statements is cut off sooner; but
if the driver was just preparing one, Postgres takes it to be active, and only this limit ends it.
"""
SESSION: Final = {  # milliseconds
    "statement_timeout": str(int(STATEMENT_S * 1000)),
    "transaction_timeout": str(int(TRANSACTION_S * 1000)),
    "idle_in_transaction_session_timeout": "5000",  # a process that froze lets go of its locks
    "jit": "off",  # our statements are short
}
POOL_SIZE: Final = 10
MOST_TRIES: Final = 5
PAUSE_S: Final = 0.02

T = TypeVar("T")
log = structlog.get_logger(__name__)


def configuration(
    url: str,
    *,
    application: str = "ordergraph",
    pool: int = POOL_SIZE,
    session: Mapping[str, str] = SESSION,
) -> dict[str, Any]:
    """Tortoise's configuration, for us and for its own command line."""
    return {
        "connections": {"default": connection_to(url, application, pool, session)},
        "apps": {"models": {"models": MODELS, "migrations": "ordergraph.migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def connection_to(
    url: str, application: str, pool: int, session: Mapping[str, str]
) -> dict[str, Any]:
    """One connection of it."""
    parts = urlsplit(url)
    assert parts.scheme in {"postgres", "postgresql"}, "only PostgreSQL is supported"
    credentials = {
        "dsn": url,
        "database": parts.path.strip("/"),  # to say which one is not there
        "minsize": 1,
        "maxsize": pool,
        "application_name": application,
        "server_settings": dict(session),
        "connection_class": Connection,
    }
    return {"engine": "ordergraph.infra.pool", "credentials": credentials}


def session_of(statement_s: float) -> dict[str, str]:
    """What a connection is opened with, for statements that take so long at most."""
    return {**SESSION, "statement_timeout": str(max(1, int(statement_s * 1000)))}


@asynccontextmanager
async def connected(
    url: str,
    *,
    application: str = "ordergraph",
    pool: int = POOL_SIZE,
    statement_s: float = STATEMENT_S,
) -> AsyncIterator[None]:
    """Open the pool for this process; requests and jobs of any task find it."""
    session = session_of(statement_s)
    await Tortoise.init(
        config=configuration(url, application=application, pool=pool, session=session),
        _enable_global_fallback=True,  # uvicorn runs the lifespan in another task than requests
    )
    try:
        yield
    finally:
        await Tortoise.close_connections()


@dataclass(slots=True)
class Tx:
    """One transaction: who acts, at what instant, and what happened. Holding one is the proof."""

    actor: Actor
    now: datetime
    request_id: str
    happened: list[Happened] = field(default_factory=list)
    last: Batch = field(default_factory=Batch)

    def emit(self, event: Event, by: Role) -> None:
        """Record a fact. The order it names is locked by this transaction."""
        self.happened.append(Happened(event, by, self.actor.user_id, self.request_id, self.now))

    def finish(self, batch: Batch) -> None:
        """Send this in the last statement, with the events: until then nobody reads it."""
        assert not self.last.writes, "a transaction is finished once"
        self.last = batch

    async def end(self, *more: Write) -> None:
        """Send that statement: an edge does, before it commits."""
        await self.last.send(*append(self.happened), *more)

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """A part that may fail by itself: its writes and events vanish, the rest stays."""
        before, last = len(self.happened), self.last
        try:
            async with in_transaction():
                yield
                assert self.last is last, "a part writes at once: it may fail by itself"
        except BaseException:
            del self.happened[before:]
            self.last = last
            raise


@dataclass(slots=True)
class Once:
    """A deed under its key: `before` is what came of it when it was done before.

    Whoever does it says what it came to, before the transaction ends.
    """

    deed: Deed
    tx: Tx
    before: Result | None
    result: Result | None = None


Mark = Callable[[Tx], Awaitable[None]]
"""Keeps replicas from those who may be told of what was committed (marking.py)."""
Announce = Callable[[Sequence[Event]], Awaitable[None]]


async def silence(events: Sequence[Event]) -> None:
    """Announce nothing: the outbox tells it all, only later."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where transactions are opened: mutations and jobs hold one, the domain never does."""

    clock: Clock
    announce: Announce = silence
    mark: Mark | None = None
    """Before anybody is told; None where nothing is read from a replica."""

    @asynccontextmanager
    async def transaction(self, actor: Actor, request_id: str = "") -> AsyncIterator[Tx]:
        """Returning commits, with the events; raising rolls everything back."""
        async with begun():
            tx = Tx(actor, await self.clock.now(), request_id)
            yield tx
            await tx.end()
        await self._announce(tx)

    @asynccontextmanager
    async def once(self, deed: Deed, actor: Actor, request_id: str) -> AsyncIterator[Once]:
        """A transaction that begins with a key and ends with what came of it.

        Where the deed was done before, `before` says so, and nothing is to be done.
        """
        async with begun():
            now, before = await claim(deed, self.clock.known)
            once = Once(deed, Tx(actor, now, request_id), before)
            yield once
            assert (before is None) is (once.result is not None), "done once, with a result"
            if once.result is not None:
                await once.tx.end(conclusion(deed, once.result))
        await self._announce(once.tx)

    async def _announce(self, tx: Tx) -> None:
        if self.mark is not None:
            await self.mark(tx)
        if tx.happened:
            await self.announce([happened.event for happened in tx.happened])


async def again(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work; when Postgres broke a tie against it (SQLSTATE 40P01, 40001), do it once more.

    Postgres has rolled everything back then, so the next try starts from the present state. The
    work commits at most once: it opens one transaction.
    """
    for attempt in range(1, MOST_TRIES):
        try:
            return await work()
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as tie:
            log.warning("transaction.again", attempt=attempt, problem=type(tie).__name__)
            await asyncio.sleep(PAUSE_S * attempt)
    return await work()


@asynccontextmanager
async def snapshot() -> AsyncIterator[None]:
    """Read everything as it was at one instant, and change nothing."""
    async with begun():
        await connections.get("default").execute_query(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )
        yield


@asynccontextmanager
async def session() -> AsyncIterator[Any]:
    """One of the pool's connections, outside any transaction: for what a session keeps to itself."""
    client = cast(AsyncpgDBClient, connections.get("default"))
    assert not isinstance(client, TransactionWrapper), "a transaction is open already"
    async with client.acquire_connection() as connection:
        cast(Any, connection).alter()
        yield connection


@asynccontextmanager
async def alone(lock: int) -> AsyncIterator[bool]:
    """Say whether no other process does what this number stands for; none can while the block lasts."""
    async with session() as connection:
        ours: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock)
        try:
            yield ours
        finally:
            if ours:
                await connection.execute("SELECT pg_advisory_unlock($1)", lock)
