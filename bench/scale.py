"""Whether answers take as long however many orders there are: `python -m bench.scale`, or `make bench-scale`.

Each size is a database of its own on the same server, with an API process of its own, and all are
asked in turns: what others do on the machine strikes all alike.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final, NamedTuple

from bench import growing, machine, market
from bench.asking import LOAD
from bench.contenders import OURS, ask_ours
from bench.market import Case
from bench.running import ROOT, Running, running
from bench.stage import Stage, staged
from bench.workloads import A, B, C, Workload
from ordergraph.deadlines import DEADLINES, ERRANDS
from ordergraph.infra.database import Edge, connected
from ordergraph.infra.migrate import migrate
from ordergraph.kernel.actor import Role, user_id_of
from ordergraph.kernel.clock import FrozenClock
from ordergraph.sweeping import sweep_batch
from ordergraph.wiring import wired
from seeds import big
from seeds.fates import FATES, Share
from seeds.reasons import keep_reasons

SIZES: Final = tuple(
    int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")
)
"""The first is seeded, the others are copies of it."""
ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "3"))
PEOPLE: Final = 200
PRESSED: Final = 40
"""How many orders are canceled in each round."""
LOOKS: Final = 20
EACH_HAS: Final = 40
"""Orders of one buyer, on average."""
HOME: Final = market.KEPT / "scale"
PAGE: Final = Path(__file__).with_suffix(".md")
LIKELY: Final = (*FATES, Share(10, market.argued))  # some disputes are talked about at length

R: Final = Workload("R", "operators: the refunds that wait", "operators-refunds", '"pageInfo"')
Q: Final = Workload("Q", "operators: the disputes to decide", "operators-queue", '"pageInfo"')
S: Final = Workload("S", "a worker's look for all that is due, when nothing is", "", "")
ASKED: Final = (A, B, C, R, Q)


class Took(NamedTuple):
    """Milliseconds for each; the processor time is that of process and Postgres together."""

    p50: float
    p99: float
    cpu: float


class Table(NamedTuple):
    """What a table takes, its indexes and all."""

    name: str
    rows: int
    size: int
    indexes: int


@dataclass(slots=True)
class Level:
    """One size: its database, who asks there, and what each round took."""

    orders: int
    stage: Stage
    seeded_at: datetime
    cases: dict[Workload, list[Case]]
    tables: list[Table]
    took: dict[Workload, list[Took]] = field(default_factory=dict)

    def median(self, workload: Workload) -> Took:
        return Took(*(median(column) for column in zip(*self.took[workload], strict=True)))


async def main() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        async with staged(HOME) as stage:
            levels = await _levels(stage)
            before = machine.load_average()
            await _measure(levels)
            where = await machine.described(stage, peers=False)
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
    page = _page(levels, [*where, f"load average {before:.1f}, then {machine.load_average():.1f}"])
    sys.stdout.write(page)
    PAGE.write_text(page)


async def _levels(stage: Stage) -> list[Level]:
    """A database for each size, filled."""
    async with market.connected(stage.database_url) as connection, growing.quickly(connection):
        seed = await _created(stage, connection, "seed", "template1")
        seeded_at = await _seed(seed)
        return [await _level(stage, connection, nth, seeded_at) for nth in range(len(SIZES))]


async def _created(stage: Stage, connection: Any, name: str, template: str) -> Stage:
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return replace(stage, database_url=f"{stage.database_url.rpartition('/')[0]}/{name}")


async def _seed(stage: Stage) -> datetime:
    await migrate(stage.database_url)
    async with wired(stage.settings, application="ordergraph-bench") as wiring:
        await keep_reasons()
        now = await wiring.edge.clock.now()
        few = SIZES[0] // EACH_HAS
        async for _ in big.fill(wiring, SIZES[0], fates=LIKELY, buyers=few):
            continue
    async with market.connected(stage.database_url) as connection:
        await growing.remember(connection)
    return now


async def _level(stage: Stage, server: Any, nth: int, seeded_at: datetime) -> Level:
    orders = SIZES[nth]
    sys.stderr.write(f"{orders:,} orders …\n")
    mine = await _created(stage, server, f"level_{nth}", "seed")
    mine = replace(mine, redis_url=f"{stage.redis_url.rpartition('/')[0]}/{nth + 1}")
    async with market.connected(mine.database_url) as connection:
        await growing.grow(connection, orders // SIZES[0] - 1)
        tables = [Table(**row) for row in await connection.fetch(TABLES)]
        buyers = await connection.fetch(BUYERS, EACH_HAS // 2, PEOPLE)
    buying = [Case(row["external_id"], row["id"]) for row in buyers]
    operator = [Case("olga", user_id_of("olga"))]
    cases = {
        A: buying,
        B: await market.disputes(mine.database_url),
        R: operator,
        Q: operator,
    }
    return Level(orders, mine, seeded_at, cases, tables)


async def _measure(levels: Sequence[Level]) -> None:
    """In turns; one round before the first warms everything."""
    for level in levels:  # not sooner: windows close while the large ones are filled
        level.cases[C] = await level.stage.cancelable((ROUNDS + 1) * PRESSED)
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                running(level.stage, OURS, ask_ours(level.stage, A, level.cases[A][0]))
            )
            for level in levels
        ]
        for nth in range(ROUNDS + 1):
            for workload in ASKED:
                for level, server in zip(levels, servers, strict=True):
                    _keep(level, workload, _ask(level, server, workload, nth), nth)
            for level in levels:
                _keep(level, S, await _look(level), nth)


def _keep(level: Level, workload: Workload, took: Took, nth: int) -> None:
    sys.stderr.write(f"{nth}/{ROUNDS} {workload.name} {level.orders:>10,} {took.p50:7.2f} ms\n")
    if nth:
        level.took.setdefault(workload, []).append(took)


def _ask(level: Level, server: Running, workload: Workload, nth: int) -> Took:
    cases = level.cases[workload]
    if workload.once:
        cases = cases[nth * PRESSED : (nth + 1) * PRESSED]
    role = Role.OPERATOR if workload in {R, Q} else Role.BUYER
    order = {
        "port": server.port,
        "connections": 1,
        "seconds": SECONDS,
        "once": workload.once,
        "holds": workload.holds,
        "requests": [
            ask_ours(level.stage, workload, case, role).decode("latin-1") for case in cases
        ],
    }
    cpu = server.cpu_s() + sum(level.stage.postgres_cpu_s().values())
    done = subprocess.run(  # noqa: S603  (our own command)
        LOAD, input=json.dumps(order), capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"{workload.name} at {level.orders}: {done.stderr[-3000:]}")
    cpu = server.cpu_s() + sum(level.stage.postgres_cpu_s().values()) - cpu
    return _took([seconds * 1000 for seconds in json.loads(done.stdout)["took"]], cpu * 1000)


async def _look(level: Level) -> Took:
    """As a worker does, by a clock that is so slow that nothing is due yet."""
    now, took = level.seeded_at - timedelta(days=365), []
    edge = Edge(FrozenClock(now))
    async with connected(level.stage.database_url):
        cpu = process_time() + sum(level.stage.postgres_cpu_s().values())
        for _ in range(LOOKS):
            began = perf_counter()
            for deadline in DEADLINES:
                swept = await sweep_batch(edge, deadline)
                assert not swept.found, "nothing is due"
            for errand in ERRANDS:
                assert not await errand.find(now, 1), "nothing is due"
            took.append((perf_counter() - began) * 1000)
        cpu = process_time() + sum(level.stage.postgres_cpu_s().values()) - cpu
    return _took(took, cpu * 1000)


def _took(each: list[float], cpu: float) -> Took:
    each.sort()
    return Took(each[len(each) // 2], each[len(each) * 99 // 100], cpu / len(each))


def _page(levels: Sequence[Level], where: Sequence[str]) -> str:
    sizes = [f"{level.orders:,}" for level in levels]
    smallest, largest = levels[0], levels[-1]
    rows = []
    for workload in (*ASKED, S):
        found = [level.median(workload) for level in levels]
        cells = [f"{took.p50:.1f} / {took.p99:.1f} / {took.cpu:.2f}" for took in found]
        ratios = (found[-1].p50 / found[0].p50, found[-1].cpu / found[0].cpu)
        rows.append(
            [f"{workload.name}: {workload.about}", *cells, "{:.2f} / {:.2f}".format(*ratios)]
        )
    bytes_of = [
        (
            table.name,
            f"{table.rows / largest.orders:.2f}",
            f"{table.size / largest.orders:,.0f}",
            f"{table.indexes / largest.orders:,.0f}",
        )
        for table in sorted(largest.tables, key=lambda table: -table.size)
    ]
    size = sum(table.size for table in largest.tables)
    every = sum(table.rows for table in largest.tables)
    return "\n\n".join([
        HEAD.format(smallest=smallest.orders, rounds=ROUNDS),
        _table(["p50 / p99 / CPU, ms", *sizes, f"{sizes[-1]} to {sizes[0]}: p50 / CPU"], rows),
        WEIGHTS.format(orders=largest.orders, rows=every / largest.orders, size=size / largest.orders,
                       whole=size / 2**30),
        _table(["table", "rows", "bytes", "of these in indexes"], bytes_of),
        "## Where\n\n" + "\n".join(f"- {line}" for line in where),
    ]) + "\n"  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


BUYERS: Final = """
SELECT u.id, u.external_id FROM users u WHERE u.external_id LIKE 'buyer-%'
AND $1 <= (SELECT count(*) FROM orders o WHERE o.buyer_id = u.id) ORDER BY md5(u.id::text) LIMIT $2"""
TABLES: Final = """
SELECT relname::text AS name, reltuples::bigint AS rows, pg_total_relation_size(oid) AS size,
       pg_indexes_size(oid) AS indexes
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 100"""

HEAD: Final = """\
# However many orders there are

One connection asks, nobody else. Each size is a database of its own on one server, with an API process of its own; they are
asked in turns, {rounds} rounds after one that does not count, and figures are medians of the rounds. A buyer has as many
orders everywhere; there are more people. The smallest was seeded with {smallest:,} orders, the others are copies of it with
people, ids and numbers of their own (`bench/growing.py`). CPU is that of the API process and Postgres together: where others
use the machine, believe it and p50, and not p99. `make bench-scale` measures it and writes this page."""
WEIGHTS: Final = """\
## What an order weighs

At {orders:,} orders: {rows:.1f} rows and {size:,.0f} bytes for each, indexes and all; {whole:.1f} GiB in all. The sandbox's own
journal is among them (a real provider keeps its own); outbox, keys, notifications and mails are not."""


if __name__ == "__main__":
    asyncio.run(main())
