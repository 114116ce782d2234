"""Workloads A, B and C: asked by many people over sixteen connections, one contender at a time."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from statistics import median
from typing import Final, NamedTuple

from bench import market
from bench.agreeing import agree
from bench.contenders import CONTENDERS, LIMIT, OURS, SAME, Contender
from bench.options import Options
from bench.running import ROOT, Running, Start, running
from bench.stage import Stage
from bench.workloads import A, C, Questions, Workload, questions

LOAD: Final = (sys.executable, "-m", "bench.load")


class Sample(NamedTuple):
    """One server under one workload for one round. Times are milliseconds, for each request."""

    per_s: float
    p50: float
    p99: float
    cpu: float
    postgres_cpu: float
    memory_mb: float


class Ratios(NamedTuple):
    """A server beside another one in the same rounds; medians, more is better.

    `per_s`: of the requests a second; `cpu`: of the processor time of server and Postgres, the other
    way round. Where others use the machine, too, the second says more.
    """

    per_s: float
    cpu: float


class Row(NamedTuple):
    """The medians of a server's rounds, and how near it comes to the limit.

    `same`: and to the same statements by bare asyncpg, where they raced.
    """

    contender: Contender
    limit: Ratios
    sample: Sample
    same: Ratios | None = None


class Asked(NamedTuple):
    """What came out: rows by workload, what each server took to start, how many cases agreed."""

    rows: dict[Workload, list[Row]]
    starts: dict[str, Start]
    compared: int


def racers(options: Options) -> list[Contender]:
    return [each for each in CONTENDERS if each in {LIMIT, OURS} or options.races(each.name)]


@asynccontextmanager
async def racing(stage: Stage, contenders: Sequence[Contender]) -> AsyncIterator[list[Running]]:
    """All servers at once; each one has answered once, and idles while another is measured.

    Each was there before: what is compiled and read from the disk when a server starts for the first
    time on a machine, it finds.
    """
    somebody, *_ = await market.buyers(stage.database_url)
    with ExitStack() as stack:
        servers = []
        for each in contenders:
            first = each.request(stage, A, somebody)
            with running(stage, each, first):
                pass
            servers.append(stack.enter_context(running(stage, each, first)))
        yield servers


async def prepare(stage: Stage, contenders: Sequence[Contender]) -> None:
    async with market.connected(stage.database_url) as connection:
        for contender in contenders:
            if contender.statements:
                await connection.execute(contender.statements)


async def measure(stage: Stage, options: Options) -> Asked:
    contenders = racers(options)
    await prepare(stage, contenders)
    cancelers = sum(C in contender.workloads for contender in contenders)
    asked = await questions(stage, options, cancelers)
    if not asked:
        return Asked({}, {}, 0)
    async with racing(stage, contenders) as servers:
        compared = await agree(stage, servers, asked, options.compared)
        samples = _rounds(stage, options, servers, asked)
    starts = {server.contender.name: server.start for server in servers}
    return Asked(
        {each.workload: ranked(samples, each.workload) for each in asked}, starts, compared
    )


Samples = dict[tuple[Workload, Contender], list[Sample]]


def _rounds(
    stage: Stage, options: Options, servers: Sequence[Running], asked: Sequence[Questions]
) -> Samples:
    """One round before the first warms caches and compilers."""
    samples: Samples = {}
    for nth in range(options.rounds + 1):
        for each in asked:
            for server in servers:
                if each.workload not in server.contender.workloads:
                    continue
                sample = _sample(stage, server, each, options)
                sys.stderr.write(
                    f"{nth}/{options.rounds} {each.workload.name} {server.contender.name:<12}"
                    f" {sample.per_s:7.0f}/s {sample.cpu:6.2f} ms\n"
                )
                if nth:
                    samples.setdefault((each.workload, server.contender), []).append(sample)
    return samples


def _sample(stage: Stage, server: Running, asked: Questions, options: Options) -> Sample:
    contender, workload = server.contender, asked.workload
    order = {
        "port": server.port,
        "connections": options.connections,
        "seconds": options.seconds,
        "once": workload.once,
        "holds": workload.holds,
        "requests": [
            contender.request(stage, workload, case).decode("latin-1")
            for case in asked.some(options)
        ],
    }
    cpu, postgres = server.cpu_s(), stage.postgres_cpu_s()
    done = subprocess.run(  # noqa: S603  (our own command)
        LOAD, input=json.dumps(order), capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"{contender.name}: {done.stderr[-3000:]}")
    cpu = server.cpu_s() - cpu
    postgres_cpu = sum(now - postgres.get(pid, 0.0) for pid, now in stage.postgres_cpu_s().items())
    heard = json.loads(done.stdout)
    took = sorted(heard["took"])
    return Sample(
        per_s=len(took) / heard["seconds"],
        p50=took[len(took) // 2] * 1000,
        p99=took[len(took) * 99 // 100] * 1000,
        cpu=cpu / len(took) * 1000,
        postgres_cpu=postgres_cpu / len(took) * 1000,
        memory_mb=server.memory_mb(),
    )


def ranked(samples: Samples, workload: Workload) -> list[Row]:
    """Fastest first."""
    found = {contender: taken for (of, contender), taken in samples.items() if of is workload}
    limit, same = found.get(LIMIT) or next(iter(found.values())), found.get(SAME)
    rows = [
        Row(
            contender,
            _beside(taken, limit),
            Sample(*(median(column) for column in zip(*taken, strict=True))),
            _beside(taken, same) if same else None,
        )
        for contender, taken in found.items()
    ]
    return sorted(rows, key=lambda row: -row.limit.per_s)


def _beside(taken: Sequence[Sample], others: Sequence[Sample]) -> Ratios:
    rounds = list(zip(taken, others, strict=True))
    return Ratios(
        median(one.per_s / other.per_s for one, other in rounds),
        median(_whole(other) / _whole(one) for one, other in rounds),
    )


def _whole(sample: Sample) -> float:
    return sample.cpu + sample.postgres_cpu
