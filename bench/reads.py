"""Workloads A and B: one screen, asked by many people over sixteen connections."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Final, NamedTuple

from bench import market
from bench.agreeing import agree
from bench.contenders import CONTENDERS, READS
from bench.market import Case
from bench.options import Options
from bench.running import ROOT, Running, running
from bench.stage import Stage

LOAD: Final = (sys.executable, "-m", "bench.load")
COMPARED: Final = 40
"""For how many people the answers are compared."""


class Sample(NamedTuple):
    """One server under one workload for one round. Times are milliseconds."""

    per_s: float
    p50: float
    p99: float
    cpu: float
    postgres_cpu: float
    memory_mb: float


class Row(NamedTuple):
    """The medians of a server's rounds; `ratio` is to the limit's in the same round."""

    name: str
    ratio: float
    sample: Sample


class Reads(NamedTuple):
    """What came out: rows by workload, when each server answered first, and how many agreed."""

    rows: dict[str, list[Row]]
    start_s: dict[str, float]
    compared: int


async def questions(stage: Stage, options: Options) -> dict[str, list[Case]]:
    """Who asks what; without disputes there is nothing to ask of B."""
    asked = {
        "A": await market.buyers(stage.database_url),
        "B": await market.disputes(stage.database_url),
    }
    return {workload: asked[workload] for workload in READS if options.measures(workload)}


@contextmanager
def racing(
    stage: Stage, options: Options, asked: Mapping[str, Sequence[Case]]
) -> Iterator[list[Running]]:
    """All servers at once; each one idles while another is measured."""
    workload, cases = next(iter(asked.items()))
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                running(stage, contender, contender.request(stage, workload, cases[0]))
            )
            for contender in CONTENDERS
            if options.races(contender.name)
        ]


async def _prepare(stage: Stage, options: Options) -> None:
    async with market.connected(stage.database_url) as connection:
        for contender in CONTENDERS:
            if contender.statements and options.races(contender.name):
                await connection.execute(contender.statements)


async def measure(stage: Stage, options: Options) -> Reads:
    asked = await questions(stage, options)
    await _prepare(stage, options)
    with racing(stage, options, asked) as servers:
        compared = agree(stage, servers, {what: cases[:COMPARED] for what, cases in asked.items()})
        requests = {
            (server.contender.name, workload): [
                server.contender.request(stage, workload, case).decode("latin-1") for case in cases
            ]
            for server in servers
            for workload, cases in asked.items()
        }
        samples = _rounds(stage, options, servers, requests)
        start_s = {server.contender.name: server.start_s for server in servers}
    return Reads({workload: _rows(samples, workload) for workload in asked}, start_s, compared)


Samples = dict[tuple[str, str], list[Sample]]


def _rounds(
    stage: Stage,
    options: Options,
    servers: Sequence[Running],
    requests: Mapping[tuple[str, str], list[str]],
) -> Samples:
    samples: Samples = {key: [] for key in requests}
    for nth in range(-1, options.rounds):  # the round before the first warms caches and compilers
        for (name, workload), lines in requests.items():
            server = next(found for found in servers if found.contender.name == name)
            sample = _sample(stage, server, lines, options)
            sys.stderr.write(
                f"{nth + 1} {workload} {name:<12} {sample.per_s:7.0f}/s {sample.cpu:.2f} ms\n"
            )
            if nth >= 0:
                samples[name, workload].append(sample)
    return samples


def _sample(stage: Stage, server: Running, requests: list[str], options: Options) -> Sample:
    order = {
        "port": server.port,
        "connections": options.connections,
        "seconds": options.seconds,
        "requests": requests,
    }
    cpu, postgres = server.cpu_s(), stage.postgres_cpu_s()
    done = subprocess.run(  # noqa: S603  (our own command)
        LOAD, input=json.dumps(order), capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"{server.contender.name}: {done.stderr[-3000:]}")
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


def _rows(samples: Samples, workload: str) -> list[Row]:
    """Fastest first."""
    found = {name: taken for (name, of), taken in samples.items() if of == workload}
    limit = [sample.per_s for sample in found.get("limit", next(iter(found.values())))]
    rows = [
        Row(
            name,
            median(sample.per_s / best for sample, best in zip(taken, limit, strict=True)),
            Sample(*(median(column) for column in zip(*taken, strict=True))),
        )
        for name, taken in found.items()
    ]
    return sorted(rows, key=lambda row: -row.ratio)
