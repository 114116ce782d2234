"""A PostgreSQL that streams from another, made of a base backup of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ordergraph.infra import embedded
from ordergraph.infra.child import Child
from tests.faults.deployment import until
from tests.watching import ask

WRITTEN_OUT = "SELECT pg_logical_emit_message(false, 'level', '', true)::text"
"""Says how far it is, and sends all that until then: commits of the tests wait for no disk."""


async def configure(url: str, what: str) -> None:
    """Set something for the whole server."""
    await ask(url, f"ALTER SYSTEM SET {what}")
    await ask(url, "SELECT pg_reload_conf()")


@dataclass
class Standby:
    """Where it listens, and the process."""

    url: str
    primary_url: str
    child: Child

    @classmethod
    def of(cls, primary_url: str, root: Path) -> "Standby":
        """Copy the primary, and follow it from there."""
        port = embedded.free_port()
        program = embedded.replica_program(root, port=port, of=primary_url)
        url = embedded.postgres_url(port).rpartition("/")[0] + urlsplit(primary_url).path
        return cls(url, primary_url, Child(program))

    def start(self) -> None:
        assert self.child.start()
        self.child.wait_ready(embedded.START_S)

    async def one(self, sql: str) -> Any:
        return await ask(self.url, sql)

    async def pause(self) -> None:
        """Replay nothing more: whatever is committed from now on is missing there."""
        await self.level()
        await self.one("SELECT pg_wal_replay_pause()")

        async def so() -> bool:
            return bool(await self.one("SELECT pg_get_wal_replay_pause_state()") == "paused")

        await until(so)

    async def resume(self) -> None:
        await self.one("SELECT pg_wal_replay_resume()")
        await self.level()

    async def level(self) -> None:
        """Wait until it has everything that is committed now."""
        reached = await ask(self.primary_url, WRITTEN_OUT)

        async def so() -> bool:
            return bool(await self.one(f"SELECT pg_last_wal_replay_lsn() >= '{reached}'"))

        await until(so)

    @asynccontextmanager
    async def hurrying(self) -> AsyncIterator[None]:
        """What is to be replayed waits for no statement, while the block lasts."""
        await configure(self.url, "max_standby_streaming_delay = 0")
        try:
            yield
        finally:
            await configure(self.url, "max_standby_streaming_delay = DEFAULT")
