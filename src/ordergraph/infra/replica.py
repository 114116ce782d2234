"""A replica that answers queries, for those to whom it can show nothing old.

It is asked where all of this holds: whoever asks is a buyer or seller; nothing of theirs has changed for
some seconds (marks.py); and it has everything that was committed until a moment that is not long ago.
In all other cases, and when it fails, the primary is asked, and the client notices nothing.
"""

import asyncio
import math
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar, cast

import asyncpg
import structlog
from tortoise import connections
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.exceptions import DBConnectionError

from ordergraph.infra.counters import REPLICA_STATEMENTS_AGAIN, replica_queries_of
from ordergraph.infra.database import POOL_SIZE, connection_to, session_of
from ordergraph.infra.marks import Marks
from ordergraph.infra.meanwhile import meanwhile
from ordergraph.infra.pool import Client
from ordergraph.kernel.actor import Actor

BEHIND_S: Final = 2.0
"""How old may be what it shows."""
LOOK_S: Final = 0.5
"""How often we look how far it is."""
PATIENCE_S: Final = 2.0
"""How long one of its answers is waited for."""
MOST_SAMPLES: Final = 120
CONFLICT: Final = asyncpg.TransactionRollbackError
"""A statement was in the way of what is to be replayed: others may fare better."""
AWAY: Final = (
    CONFLICT,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver says when a line breaks just then
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    DBConnectionError,
    OSError,
)
"""What is wrong with the replica, not with the statement; a TimeoutError is an OSError."""

FOREVER: Final = {"max_queries": sys.maxsize, "max_inactive_connection_lifetime": 0.0}
"""The pool itself ends no connection."""
PLACE: Final = """
SELECT system_identifier || '/' || current_database() AS database, pg_is_in_recovery() AS follows,
    pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                         ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint AS reached
FROM pg_control_system()"""

T = TypeVar("T")
log = structlog.get_logger(__name__)


class NotOurs(Exception):
    """What the URL leads to follows another primary, or none."""


class Sample(NamedTuple):
    """How far the primary had come; whatever was committed before `at` lies before that."""

    at: float
    reached: int


class Reader(Client):
    """The pool of the replica, for the ORM and for `reading.rows`. It can `fetch`, and nothing else."""

    primary: Client
    lost: Callable[[], None]

    async def create_pool(self, **given: Any) -> asyncpg.Pool:
        return await super().create_pool(**given, **FOREVER, init=self._watch)

    async def _watch(self, connection: Any) -> None:
        """A connection ends when its server does, and one that restarts may for a moment be further
        behind than it was before.
        """
        connection.add_termination_listener(lambda _: self.lost())

    def acquire_connection(self) -> Any:
        return nullcontext(self)

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Ask the replica; where it fails, the primary, once."""
        try:
            return await self.ask(sql, *arguments)
        except AWAY as problem:
            log.warning("replica.again", problem=type(problem).__name__)
            REPLICA_STATEMENTS_AGAIN.inc()
            if not isinstance(problem, CONFLICT):
                self.lost()
        async with self.primary.acquire_connection() as connection:
            found: list[asyncpg.Record] = await cast(Any, connection).fetch(sql, *arguments)
            return found

    async def ask(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Ask the replica alone."""
        async with super().acquire_connection() as pooled:
            connection = cast(Any, pooled)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    found: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
                    return found
            except TimeoutError:
                connection.terminate()  # else the pool waits for it
                raise


@dataclass(slots=True)
class Replica:
    """The one that this process reads from."""

    reader: Reader
    marks: Marks
    _samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=MOST_SAMPLES))
    _whole_until: float = -math.inf
    """Whatever was committed before this moment is there."""
    _told: str = ""

    @property
    def behind_s(self) -> float:
        """How old at most is what it shows, as far as we know; infinite while nobody knows."""
        return time.monotonic() - self._whole_until

    @property
    def fit(self) -> bool:
        return self.behind_s <= BEHIND_S

    async def serve(self, actor: Actor, ask: Callable[[], Awaitable[T]]) -> T:
        """Run what reads for this person, and changes nothing, on the replica where that is safe."""
        chosen = await self._chosen(actor)
        replica_queries_of(chosen).inc()
        if chosen != "replica":
            return await ask()
        here = connections.get("default")
        assert not isinstance(here, TransactionWrapper), "what is read in one stays in it"
        token = connections.set("default", self.reader)
        try:
            return await ask()
        finally:
            connections.reset(token)

    async def _chosen(self, actor: Actor) -> str:
        """What serves, or why it is the primary. Staff decide over others' money, and see all orders."""
        if actor.user_id is None or actor.office is not None:
            return "others"
        if not self.fit:
            return "behind"
        if self.marks.doubtful:
            return "marks_away"
        return "changed" if await self.marks.on(actor.user_id) else "replica"

    def lose(self) -> None:
        """It is not asked any more until we have seen that it answers."""
        self._whole_until = -math.inf
        self._samples.clear()

    async def follow(self) -> None:
        """Look how far it is, for as long as this process lives."""
        while True:
            await asyncio.gather(self._look(), self.marks.look())
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._compare()
        except Exception as problem:  # noqa: BLE001  (whatever it is: we look again, and until then nobody reads there)
            self._tell(f"{type(problem).__name__}: {problem}")
        else:
            self._tell("")

    async def _compare(self) -> None:
        at = time.monotonic()
        (ours,) = await connections.get("default").execute_query_dict(PLACE)
        self._samples.append(Sample(at, ours["reached"]))
        (there,) = await self.reader.ask(PLACE)
        if not there["follows"] or there["database"] != ours["database"]:
            self.lose()
            raise NotOurs(f"{there['database']} does not follow {ours['database']}")
        while self._samples and self._samples[0].reached <= there["reached"]:
            self._whole_until = self._samples.popleft().at

    def _tell(self, problem: str) -> None:
        """Log it once."""
        if problem and problem != self._told:
            log.warning("replica.away", problem=problem)
        elif self._told and not problem:
            log.info("replica.back")
        self._told = problem


@asynccontextmanager
async def following(
    url: str, marks: Marks, *, application: str, statement_s: float
) -> AsyncIterator[Replica]:
    """Keep an eye on the replica for as long as the block lasts. It may be away, now or later."""
    chosen = connection_to(url, application, POOL_SIZE, session_of(statement_s))
    more = {"minsize": 0, "timeout": PATIENCE_S, "connection_name": "default"}
    reader = Reader(**chosen["credentials"] | more)
    reader.primary = cast(Client, connections.get("default"))
    replica = Replica(reader, marks)
    reader.lost = replica.lose
    try:
        async with meanwhile(replica.follow):
            yield replica
    finally:
        await reader.close()
