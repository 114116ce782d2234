"""ordergraph as people deploy it: Postgres, Valkey, APIs and workers, each a process to be hit."""

import asyncio
import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
from arq.connections import ArqRedis
from arq.constants import default_queue_name, in_progress_key_prefix

from ordergraph.identity.tokens import Tokens
from ordergraph.infra import embedded
from ordergraph.infra.child import Child, Program
from ordergraph.infra.queue import connect
from ordergraph.personas import persona
from tests.faults.books import Books
from tests.faults.client import Client
from tests.nursery import PYTHON_M, Nursery

PATIENCE_S: Final = 30.0  # for what takes a second on a machine with nothing else to do
STEP_S: Final = 0.03
SWEEP_S: Final = 1
TIMEOUT_S, LEASE_S = 4, 9
SHORT: Final[dict[str, Any]] = {"gateway_timeout_s": TIMEOUT_S, "refund_lease_s": LEASE_S}
"""For workers whose lost work is waited for; others bear a machine that is very busy."""
HUNG_S: Final = 600  # a gateway that answers long after everybody is gone
SECRET: Final = secrets.token_urlsafe(48)

ENVIRONMENT: Final = {
    "ORDERGRAPH_JWT_SECRET": SECRET,
    "ORDERGRAPH_TEST_CLOCK": "true",
    "ORDERGRAPH_GRAPHIQL": "false",
    "ORDERGRAPH_SWEEP_INTERVAL_S": str(SWEEP_S),
    "ORDERGRAPH_GATEWAY_TIMEOUT_S": "20",
    "ORDERGRAPH_REFUND_LEASE_S": "45",
    "ORDERGRAPH_POLICY__REFUND_DELAY_S": "2",
    "ORDERGRAPH_POLICY__PAYMENT_WINDOW_S": "6",
}
ORDERGRAPH: Final = (*PYTHON_M, "ordergraph.cli")
ARQ: Final = (*PYTHON_M, "arq")


async def until(is_so: Callable[[], Awaitable[object]], within_s: float = PATIENCE_S) -> None:
    """Look again and again until it is so; a database that is away is not so."""
    end = time.monotonic() + within_s
    while True:
        with suppress(OSError, asyncpg.PostgresError):
            if await is_so():
                return
        assert time.monotonic() < end, f"not so within {within_s} s"
        await asyncio.sleep(STEP_S)


@dataclass
class Backend:
    """The two servers, on ports that stay the same however often they go away."""

    folder: Path
    nursery: Nursery

    def __post_init__(self) -> None:
        self.postgres_port, self.valkey_port = embedded.free_port(), embedded.free_port()
        postgres = embedded.postgres_program(self.folder, port=self.postgres_port, durable=True)
        self.postgres = Child(postgres)
        self.valkey = Child(embedded.valkey_program(self.folder, port=self.valkey_port))
        self.redis_url = embedded.valkey_url(self.valkey_port)

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.postgres_port}/{database}"

    @asynccontextmanager
    async def redis(self) -> AsyncIterator[ArqRedis]:
        """A line to Valkey; what it says is JSON, as ordergraph's own, but it is more patient."""
        line = connect(self.redis_url)
        line.connection_pool.connection_kwargs["socket_connect_timeout"] = PATIENCE_S
        try:
            yield line
        finally:
            await line.aclose(close_connection_pool=True)

    async def in_the_way(self) -> list[str]:
        """Jobs that stand in the queue and that no worker takes, for they are marked as in progress."""
        async with self.redis() as redis:
            queued = await redis.zrange(default_queue_name, 0, -1)
            marked = [await redis.exists(in_progress_key_prefix + job.decode()) for job in queued]
        return [job.decode() for job, is_ in zip(queued, marked, strict=True) if is_]

    async def command(self, statement: str) -> None:
        """Run a statement outside any database that a test uses."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def heal(self) -> None:
        """Start whatever does not run."""
        for server in (self.postgres, self.valkey):
            if not server.is_alive:
                await begin(server)

    async def restart(self, server: Child, how: signal.Signals, away_s: float = 0.0) -> None:
        """End a server in the way that this signal means, and bring it back after a while."""
        os.kill(server.pid, how)
        await ended(server)
        await asyncio.sleep(away_s)
        await begin(server)

    def stop(self) -> None:
        for server in (self.valkey, self.postgres):
            server.stop(PATIENCE_S)


async def begin(child: Child) -> None:
    """Start it as soon as nothing of its predecessor is left, and wait until it is ready."""
    end = time.monotonic() + PATIENCE_S
    while not child.start():
        assert time.monotonic() < end, f"{child.program.name} is still about"
        await asyncio.sleep(STEP_S)
    await asyncio.to_thread(child.wait_ready, PATIENCE_S)


async def ended(child: Child, within_s: float = PATIENCE_S) -> int:
    """Wait until it has ended by itself; return its exit code."""
    end = time.monotonic() + within_s
    while child.is_alive:
        assert time.monotonic() < end, f"{child.program.name} has not ended within {within_s} s"
        await asyncio.sleep(STEP_S)
    code = child.exit_code
    assert code is not None
    return code


@dataclass
class Deployment:
    """One installation over a database of its own; `restarts` counts what `kept_up` did."""

    backend: Backend
    database: str
    crew: list[Child] = field(default_factory=list)
    restarts: list[str] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = self.backend.folder / self.database
        self.folder.mkdir()
        self.url = self.backend.url(self.database)
        self.books = Books(self.url)
        self.ports: dict[str, int] = {}
        ours = {k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")}
        self.env = ours | ENVIRONMENT
        self.env |= {
            "ORDERGRAPH_DATABASE_URL": self.url,
            "ORDERGRAPH_REDIS_URL": self.backend.redis_url,
            "PYTHONUNBUFFERED": "1",
        }

    def program(self, name: str, argv: tuple[str, ...], **env: object) -> Program:
        given = {f"ORDERGRAPH_{key.upper()}": str(value) for key, value in env.items()}
        return Program(
            name=name,
            argv=argv,
            env=self.env | given,
            lock=self.folder / f"{name}.lock",
            log=self.log(name),
        )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    async def api(self, name: str = "api", **env: object) -> Child:
        """Start an API process and wait until it serves."""
        port = self.ports[name] = embedded.free_port()
        program = self.program(name, (*ORDERGRAPH, "serve"), port=port, **env)
        child = self.backend.nursery.child(replace(program, is_ready=lambda: _listens(port)))
        self.crew.append(child)
        await begin(child)
        return child

    def worker(
        self, name: str = "worker", argv: tuple[str, ...] = (*ORDERGRAPH, "worker"), **env: object
    ) -> Child:
        """Start a worker; it is there when its work is done."""
        child = self.backend.nursery.child(self.program(name, argv, **env))
        self.crew.append(child)
        assert child.start()
        return child

    async def run(self, *argv: str, **env: object) -> None:
        """Run a command of ours to its end."""
        child = self.backend.nursery.child(self.program(argv[0], (*ORDERGRAPH, *argv), **env))
        assert child.start()
        code = await ended(child)
        assert code == 0, self.log(argv[0]).read_text()

    def client(self, who: str, api: str = "api") -> Client:
        client = Client(self.ports[api], self.token(who))
        self.clients.append(client)
        return client

    def token(self, who: str) -> str:
        someone = persona(who)
        assert someone is not None, f"{who} is nobody"
        return someone.token(Tokens(secret=SECRET, issuer="ordergraph", audience="ordergraph"))

    async def advance(self, by: timedelta) -> None:
        """Move the test clock, and nothing else: what falls due is the workers' to find."""
        await self.books.execute(
            "INSERT INTO test_clock (id, ahead) VALUES (1, $1)"
            " ON CONFLICT (id) DO UPDATE SET ahead = test_clock.ahead + excluded.ahead",
            by,
        )

    @asynccontextmanager
    async def kept_up(self) -> AsyncIterator[None]:
        """Bring back whoever dies, as `ordergraph dev` or an init system does."""

        async def tend() -> None:
            while True:
                for child in self.crew:
                    if not child.is_alive and child.start():
                        self.restarts.append(child.program.name)
                await asyncio.sleep(1)

        init = asyncio.create_task(tend())
        try:
            yield
        finally:
            init.cancel()
            await asyncio.wait([init])

    async def settled(self, within_s: float = PATIENCE_S) -> None:
        """Wait until nothing is left to be done."""
        await until(self.books.are_settled, within_s)

    async def end(self) -> None:
        await self.books.close()
        for client in self.clients:
            await client.close()
        for child in self.crew:
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGCONT)
            child.kill()

    def said(self) -> str:
        """What everybody logged."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-6000:]}" for log in logs)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
