"""Ten thousand refunds due at once, one worker, a gateway with a strict limit: `python -m bench.refunds`."""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg
import psutil

from bench.gateway import PER_S
from ordergraph.infra import embedded
from ordergraph.infra.migrate import migrate
from ordergraph.settings import load
from ordergraph.wiring import wired
from seeds import big
from seeds.fates import Share, refund_promised
from seeds.reasons import keep_reasons

REFUNDS: Final = int(os.environ.get("BENCH_REFUNDS", "10000"))
EVERY_S: Final = 10.0
PAGE: Final = Path(__file__).with_suffix(".md")
ORDERGRAPH: Final = (sys.executable, "-m", "ordergraph.cli")
PROMISED: Final = (Share(1000, refund_promised),)
LATER: Final = "INSERT INTO test_clock (id, ahead) VALUES (1, interval '8 days')"
DONE: Final = "SELECT count(*) FROM refunds WHERE status = 'SUCCEEDED'"
FASTEST: Final = """
SELECT max(paid) FROM (SELECT count(*) AS paid FROM sandbox_journal
WHERE kind = 'REFUND' AND created_at > now() + interval '7 days'
GROUP BY date_trunc('second', created_at)) AS seconds"""

# fmt: off
SCENARIOS: Final = {
    # what the worker is told of the limit                    calls a second, 0: nothing
    f"it is told to ask {PER_S - 5} times a second at most":  PER_S - 5,
    "it is told nothing, and learns by HTTP 429":             0,
}
# fmt: on
ENTRY_POINT: Final = "[ordergraph.gateways]\nbenched = bench.gateway:{gateway}\n"


class Look(NamedTuple):
    """The worker at one moment."""

    at_s: float
    done: int
    memory_mb: float


async def main() -> None:
    pages = [await _measure(said, rate) for said, rate in SCENARIOS.items()]
    PAGE.write_text(HEAD + "\n".join(pages))
    sys.stdout.write(PAGE.read_text())


async def _measure(said: str, rate: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with (
            embedded.postgres(root / "postgres", durable=True) as database_url,
            embedded.valkey(root / "valkey") as redis_url,
        ):
            env = environment(root, database_url, redis_url, "Throttled", rate)
            await fill(env, REFUNDS)
            connection = await asyncpg.connect(database_url)
            await go_by(connection)
            looks = await _watch(connection, env)
            limited = await connection.fetchval(
                "SELECT count(*) FROM refund_attempts WHERE outcome = 'RATE_LIMITED'"
            )
            fastest = await connection.fetchval(FASTEST)
            await connection.close()
            books = await reconciled(env)
    return _page(said, looks, [
        f"asked too often: {limited} times; most refunds in one second: {fastest}, limit {PER_S}",
        f"`ordergraph reconcile` {books}",
    ])  # fmt: skip


def environment(
    root: Path, database_url: str, redis_url: str, gateway: str, rate: int
) -> dict[str, str]:
    """The gateway, a class of bench/gateway.py, is found as any other package's would be: by an entry
    point on the path.
    """
    package = root / "benched-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: benched\nVersion: 1\n")
    (package / "entry_points.txt").write_text(ENTRY_POINT.format(gateway=gateway))
    return os.environ | {
        "PYTHONPATH": f"{root}{os.pathsep}{Path(__file__).parents[1]}",
        "ORDERGRAPH_DATABASE_URL": database_url,
        "ORDERGRAPH_REDIS_URL": redis_url,
        "ORDERGRAPH_JWT_SECRET": secrets.token_urlsafe(48),
        "ORDERGRAPH_GATEWAY": "benched",
        "ORDERGRAPH_GATEWAY_RATE_PER_S": str(rate),
        "ORDERGRAPH_TEST_CLOCK": "true",
    }


async def reconciled(env: dict[str, str]) -> str:
    """How `ordergraph reconcile` ends, and what it says of the books."""
    done = await asyncio.to_thread(
        subprocess.run,
        [*ORDERGRAPH, "reconcile"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"(exit {done.returncode}): {done.stdout.strip()}"


async def fill(env: dict[str, str], orders: int, fates: Sequence[Share] = PROMISED) -> None:
    """A market in which everybody has canceled, unless other fates are given."""
    settings = load({**env, "ORDERGRAPH_GATEWAY": "sandbox"})
    await migrate(settings.servers().database_url)
    async with wired(settings, application="bench") as wiring:
        await keep_reasons()
        async for _ in big.fill(wiring, orders, fates=fates):
            continue


async def go_by(connection: Any) -> None:
    """A week and a day are over at once."""
    await connection.execute(LATER)


async def _watch(connection: Any, env: dict[str, str]) -> list[Look]:
    looks: list[Look] = []
    with working(env) as worker:
        began = time.monotonic()
        while not looks or looks[-1].done < REFUNDS:
            await asyncio.sleep(EVERY_S)
            memory = worker.memory_info().rss / 2**20
            done = await connection.fetchval(DONE)
            looks.append(Look(time.monotonic() - began, done, memory))
            sys.stderr.write(f"{looks[-1]}\n")
    return looks


@contextmanager
def working(env: dict[str, str]) -> Iterator[psutil.Process]:
    """A worker process, as in production."""
    process = subprocess.Popen([*ORDERGRAPH, "worker"], env=env, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


HEAD: Final = f"""\
# Ten thousand refunds due at once

One worker process, and the sandbox behind a strict limit of {PER_S} refunds a second (`bench/gateway.py`), on
{os.cpu_count()} cores with Postgres beside it. `make bench-refunds` writes this page.
"""


def _page(said: str, looks: list[Look], notes: list[str]) -> str:
    rows, before = [], Look(0, 0, 0)
    for look in looks:
        rate = (look.done - before.done) / (look.at_s - before.at_s)
        rows.append(f"| {look.at_s:.0f} | {look.done} | {rate:.0f} | {look.memory_mb:.0f} |")
        before = look
    end = looks[-1]
    middle = looks[1:-1]
    steady = (middle[-1].done - looks[0].done) / (middle[-1].at_s - looks[0].at_s) if middle else 0
    memory = [look.memory_mb for look in looks[1:]] or [end.memory_mb]
    summary = (
        f"{end.done} refunds in {end.at_s:.0f} s, {steady:.0f} a second; the worker's memory stays"
    )
    return "\n".join([
        f"\n## {said[0].upper()}{said[1:]}\n",
        f"{summary} between {min(memory):.0f} and {max(memory):.0f} MB.\n",
        *(f"- {note}" for note in notes),
        "\n| second | refunds done | a second | memory, MB |\n|---|---|---|---|", *rows, "",
    ])  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main())
