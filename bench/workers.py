"""What workers do in a second: refunds due, windows that close, looks for nothing (`make bench-workers`)."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

from bench import machine, sweeps
from bench.gateway import Instant
from bench.refunds import environment, fill, go_by, reconciled, working
from ordergraph.infra import embedded

REFUNDS: Final = int(os.environ.get("BENCH_REFUNDS", "10000"))
WORKERS: Final = (1, 2)
PAGE: Final = Path(__file__).with_suffix(".md")
LOOK_S: Final = 0.25
STARTED_S: Final = 15.0
"""After how long a worker only ticks, also where others use the machine."""
LEFT: Final = """
SELECT (SELECT count(*) FROM refunds WHERE status <> 'SUCCEEDED') + (SELECT count(*) FROM outbox)"""
TOOK: Final = """
SELECT extract(epoch FROM max(finished_at) - min(started_at))::float8 FROM refund_attempts"""
COUNTS: Final = """
SELECT (SELECT count(*) FROM refund_attempts) AS attempts,
       (SELECT count(*) FROM ledger_entries WHERE kind = 'REFUND_SENT') AS entries,
       (SELECT count(*) FROM events WHERE type IN ('refund.due', 'refund.succeeded')) AS events,
       (SELECT count(*) FROM notifications) AS notifications"""


async def main() -> None:
    rows = []
    for workers in WORKERS:
        rows.append(await _refunds(workers))
        sys.stderr.write(f"{rows[-1]}\n")
    swept = await sweeps.measure()
    PAGE.write_text(HEAD + "\n".join(rows) + "\n" + swept)
    sys.stdout.write(PAGE.read_text())


@contextmanager
def servers(root: Path) -> Iterator[tuple[str, str]]:
    with (
        embedded.postgres(root / "postgres", durable=True) as database_url,
        embedded.valkey(root / "valkey") as redis_url,
    ):
        yield database_url, redis_url


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def _refunds(workers: int) -> str:
    """All that fell due, by so many processes, until everybody is told; a row of the page."""
    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Path(folder)) as (database_url, redis_url),
    ):
        env = environment(Path(folder), database_url, redis_url, "Instant", 0)
        env |= {Instant.FOLDER: folder, "ORDERGRAPH_RECONCILE_INTERVAL_S": str(30 * 86_400)}
        await fill(env, REFUNDS)
        await reconciled(env)  # else a worker would do that meanwhile
        async with connected(database_url) as connection:
            with ExitStack() as stack:
                processes = [stack.enter_context(working(env)) for _ in range(workers)]
                await asyncio.sleep(STARTED_S)
                before, began = (_own_s(processes), _postgres_s()), time.monotonic()
                await go_by(connection)
                memory = await _until_done(connection, processes)
                told_s = time.monotonic() - began
                cpu, postgres = _own_s(processes) - before[0], _postgres_s() - before[1]
            took_s = await connection.fetchval(TOOK)
            made = await connection.fetchrow(COUNTS)
        books = await reconciled(env)
    each = [REFUNDS / took_s, took_s, told_s, cpu / REFUNDS * 1000, postgres / REFUNDS * 1000]
    cells = " | ".join(f"{value:.2f}" if value < 100 else f"{value:.0f}" for value in each)
    written = ", ".join(f"{count} {name}" for name, count in made.items())
    return f"| {workers} | {cells} | {memory:.0f} | {written}; `reconcile` {books} |"


async def _until_done(connection: Any, processes: list[psutil.Process]) -> float:
    """The most memory that one of them took, in MB."""
    most = 0.0
    while await connection.fetchval(LEFT):
        await asyncio.sleep(LOOK_S)
        most = max(most, *(process.memory_info().rss / 2**20 for process in processes))
    return most


def _own_s(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _postgres_s() -> float:
    """Processor time of the servers that this process started, those of ended connections included."""
    children = psutil.Process().children(recursive=True)
    own = [child for child in children if child.name().startswith("postgres")]
    return sum(sum(process.cpu_times()) for process in own)


HEAD: Final = f"""\
# What workers do in a second

On {os.cpu_count()} cores ({machine.processor()}), with Postgres (durable) beside the workers, {datetime.now(UTC):%Y-%m-%d}.
`make bench-workers` writes this page. A machine that others use, too, changes the rates; processor time for
each row says more.

## {REFUNDS} refunds due at once, a gateway that answers at once

Each is handed over, claimed, sent, recorded, and both sides are told. The rate is from the first claim to the last record. All books were
compared just before, so that no worker does it meanwhile.

| workers | refunds a second | seconds | until all are told | worker CPU, ms each | Postgres CPU, ms each | memory of one, MB | what was written |
|---|---|---|---|---|---|---|---|
"""


if __name__ == "__main__":
    asyncio.run(main())
