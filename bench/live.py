"""Workload D: people who follow orders over graphql-transport-ws, from the commit to their phone."""

import json
import subprocess
import sys
from collections.abc import Mapping
from statistics import median
from typing import Any, Final, NamedTuple
from uuid import UUID

from strawberry import relay

from bench import market
from bench.agreeing import Disagreement
from bench.contenders import LIMIT_LIVE, OURS, Contender, document_of
from bench.market import Case
from bench.options import Options
from bench.running import ROOT, running
from bench.stage import Stage
from bench.workloads import A

LISTENERS: Final = (sys.executable, "-m", "bench.listeners")
CHANGES_PER_S: Final = 200
SOMEBODY: Final = Case("somebody", UUID(int=0))
"""Asks whether the server is there."""


class Heard(NamedTuple):
    """One contender in one round. Times are milliseconds; `lost` are followers without the last state."""

    p50: float
    p99: float
    broadcast: float
    each_kib: float
    cpu: float
    lost: int


class Said(NamedTuple):
    """What a contender said of the first orders, and how soon."""

    orders: list[Any]
    heard: Heard


class LiveRow(NamedTuple):
    """The medians of the rounds."""

    contender: Contender
    heard: Heard


async def measure(stage: Stage, options: Options) -> list[LiveRow]:
    orders = await _orders(stage, options.subscribers)
    heard: dict[Contender, list[Heard]] = {}
    for nth in range(options.rounds):
        said = {each: _round(stage, options, each, orders) for each in (LIMIT_LIVE, OURS)}
        if said[LIMIT_LIVE].orders != said[OURS].orders:
            raise Disagreement(f"D: {said[LIMIT_LIVE].orders} or {said[OURS].orders}")
        for contender, (_, found) in said.items():
            sys.stderr.write(f"{nth + 1}/{options.rounds} D {contender.name:<12} {found}\n")
            heard.setdefault(contender, []).append(found)
    return [
        LiveRow(contender, Heard(*(median(column) for column in zip(*taken, strict=True))))
        for contender, taken in heard.items()
    ]


async def _orders(stage: Stage, count: int) -> list[Mapping[str, str]]:
    """Shipped orders, each followed by its buyer."""
    async with market.connected(stage.database_url) as connection:
        rows = await connection.fetch(SHIPPED, count)
    assert len(rows) == count, f"{count} shipped orders are needed: set BENCH_ORDERS higher"
    return [
        {
            "id": str(row["id"]),
            "seller_id": str(row["seller_id"]),
            "global_id": relay.to_base64("Order", row["id"]),
            "token": stage.token(row["external_id"]),
        }
        for row in rows
    ]


def _round(
    stage: Stage, options: Options, contender: Contender, orders: list[Mapping[str, str]]
) -> Said:
    """With a fresh server, because memory is counted."""
    with running(stage, contender, contender.request(stage, A, SOMEBODY)) as server:
        told = {
            "port": server.port,
            "pid": server.process.pid,
            "database_url": stage.database_url,
            "redis_url": stage.redis_url,
            "document": document_of("follow"),
            "subscribers": options.subscribers,
            "changes_per_s": CHANGES_PER_S,
            "seconds": options.seconds,
            "orders": orders,
        }
        done = subprocess.run(  # noqa: S603  (our own command)
            LISTENERS, input=json.dumps(told), capture_output=True, text=True, check=False, cwd=ROOT
        )
    if done.returncode:
        raise RuntimeError(f"{contender.name}: {done.stderr[-3000:]}")
    said = json.loads(done.stdout)
    return Said(said["said"], _heard(said))


def _heard(said: Mapping[str, Any]) -> Heard:
    took = sorted(said["took"])
    return Heard(
        p50=took[len(took) // 2] * 1000,
        p99=took[len(took) * 99 // 100] * 1000,
        broadcast=median(said["broadcast_s"]) * 1000,
        each_kib=said["each_kib"],
        cpu=said["cpu_s"] / said["changes"] * 1000,
        lost=said["lost"],
    )


SHIPPED: Final = """
SELECT o.id, o.seller_id, u.external_id FROM orders o JOIN users u ON u.id = o.buyer_id
WHERE o.tracking_number IS NOT NULL AND u.external_id LIKE 'buyer-%' ORDER BY md5(o.id::text) LIMIT $1"""
