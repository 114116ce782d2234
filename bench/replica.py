"""What a read replica saves: `python -m bench.replica`, which prints a table for docs/scale.md.

Two API processes over one market, one of them with a replica, are asked the same in turns: so what
others do on the machine strikes both. All of it shares the cores, so believe the processor time.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import asyncpg
import psutil
import uvloop

from bench import market
from bench.asking import LOAD
from bench.contenders import OURS, ask_ours
from bench.market import Case
from bench.running import ROOT, Running, running
from bench.stage import Stage, filled
from bench.workloads import A, B, C, Workload
from ordergraph.infra import embedded

ORDERS: Final = int(os.environ.get("BENCH_ORDERS", "20000"))
ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "7"))
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "3"))
CONNECTIONS: Final = 16
PRESSED: Final = 200
"""How many orders are canceled in a round, on each side."""
URL: Final = "ORDERGRAPH_REPLICA_URL"


class Took(NamedTuple):
    """Of one request: milliseconds of processor time of the API, the primary and the replica; its p50."""

    api: float
    primary: float
    replica: float
    p50: float


@dataclass(frozen=True, slots=True)
class Side:
    """One of both API processes, with both databases to look at."""

    name: str
    server: Running
    primary: Stage
    replica: Stage

    def cpu_s(self) -> tuple[float, float, float]:
        return (
            self.server.cpu_s(),
            sum(self.primary.postgres_cpu_s().values()),
            sum(self.replica.postgres_cpu_s().values()),
        )

    def ask(self, workload: Workload, cases: list[Case]) -> Took:
        order: dict[str, Any] = {
            "port": self.server.port,
            "connections": CONNECTIONS,
            "seconds": SECONDS,
            "once": workload.once,
            "holds": workload.holds,
            "requests": [ask_ours(self.primary, workload, c).decode("latin-1") for c in cases],
        }
        before = self.cpu_s()
        done = subprocess.run(  # noqa: S603  (our own command)
            LOAD, input=json.dumps(order), capture_output=True, text=True, check=True, cwd=ROOT
        )
        took: list[float] = json.loads(done.stdout)["took"]
        spent = [(b - a) * 1000 / len(took) for a, b in zip(before, self.cpu_s(), strict=True)]
        return Took(spent[0], spent[1], spent[2], median(took) * 1000)


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-replica-") as folder:
        async with filled(ORDERS) as stage:
            with embedded.replica(Path(folder), of=stage.database_url) as url:
                cases = {
                    A: await market.buyers(stage.database_url),
                    B: await market.disputes(stage.database_url),
                    C: await stage.cancelable(2 * (ROUNDS + 1) * PRESSED),
                }
                follower = replace(stage, database_url=url, postgres=await _postmaster(url))
                with ExitStack() as stack:
                    sides = list(_sides(stack, stage, follower, cases[A][0]))
                    sys.stdout.write(_table(_measure(sides, cases)))


async def _postmaster(url: str) -> psutil.Process:
    connection = await asyncpg.connect(url)
    session = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
    parent = session.parent()
    await connection.close()
    assert parent is not None, "a session is a child of the postmaster"
    return parent


def _sides(stack: ExitStack, stage: Stage, follower: Stage, somebody: Case) -> Iterator[Side]:
    first = ask_ours(stage, A, somebody)
    for name, told in (("primary", {}), ("replica", {URL: follower.database_url})):
        with _environment(told):
            server = stack.enter_context(running(stage, replace(OURS, name=name), first))
        yield Side(name, server, stage, follower)


@contextmanager
def _environment(told: dict[str, str]) -> Iterator[None]:
    os.environ.update(told)
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]


def _measure(
    sides: list[Side], cases: dict[Workload, list[Case]]
) -> dict[tuple[str, str], list[Took]]:
    """In turns; one round before the first warms everything."""
    found: dict[tuple[str, str], list[Took]] = {}
    for nth in range(ROUNDS + 1):
        for workload, asked in cases.items():
            for side in sides:
                some = [asked.pop() for _ in range(PRESSED)] if workload.once else asked
                took = side.ask(workload, some)
                sys.stderr.write(f"{nth}/{ROUNDS} {workload.name} {side.name} {took}\n")
                if nth:
                    found.setdefault((workload.name, side.name), []).append(took)
    return found


def _table(found: dict[tuple[str, str], list[Took]]) -> str:
    lines = [
        "| | CPU of the API | of the primary | of the replica | p50 |",
        "|---|---|---|---|---|",
    ]
    for (workload, side), rounds in found.items():
        api, primary, follower, p50 = (median(column) for column in zip(*rounds, strict=True))
        lines.append(
            f"| {workload}, by the {side} | {api:.2f} | {primary:.2f} | {follower:.2f} | {p50:.2f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    uvloop.run(main())
