"""A thousand people who follow orders, and what changes them: `python -m bench.listeners`.

A process of its own: the order comes as JSON on stdin, what was seen goes to stdout. Whoever listens
and whoever changes read one clock.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import psutil
import uvloop
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from bench.servers.canceling import Line
from bench.wire import Socket
from ordergraph.infra.hub import Hub
from ordergraph.infra.outbox import fingerprint
from ordergraph.infra.wire import many_open_files

AT_ONCE: Final = 50
PATIENCE_S: Final = 30.0
LOOK_S: Final = 0.01
BROADCASTS: Final = 5
REST_S: Final = 1.0
CHANGE: Final = """
WITH changed AS (
    UPDATE orders SET tracking_number = $2, version = version + 1 WHERE id = $1
), written AS (
    INSERT INTO events (id, order_id, position, type, actor_role, actor_id, request_id, occurred_at,
        data, hash)
    VALUES ($3, $1, $4, 'order.shipped', 'SELLER', $5, '', $6, $7::jsonb, $8))
INSERT INTO outbox (event_id) VALUES ($3)"""
HEADS: Final = """
SELECT DISTINCT ON (order_id) order_id, position, hash FROM events WHERE order_id = ANY($1::uuid[])
ORDER BY order_id, position DESC"""


class Head(NamedTuple):
    """The end of a timeline."""

    position: int
    hash: str


@dataclass(slots=True)
class Followed:
    """One order, and how many of its followers have what was last written."""

    id: UUID
    seller_id: UUID
    global_id: str
    token: str
    number: str = ""
    last: str = ""
    written_at: float = 0.0
    took: list[float] = field(default_factory=list)

    def heard(self, data: Any) -> None:
        """Note how long the newest number took to come; what comes with an older one was a step before."""
        self.last = data["orderUpdated"]["trackingNumber"]
        if self.number and self.last == self.number:
            self.took.append(time.monotonic() - self.written_at)


class Writer:
    """Changes orders as another process would: commit, then nudge."""

    def __init__(self, pool: Any, hub: Hub, heads: dict[UUID, Head]) -> None:
        self._pool, self._hub, self._heads = pool, hub, heads

    async def change(self, order: Followed, number: str) -> None:
        """A carrier corrects its number. The moment that counts is when the commit was answered."""
        head = self._heads[order.id]
        data = {"order_id": str(order.id)}
        line = Line(
            order.id,
            head.position + 1,
            "order.shipped",
            data,
            datetime.now(UTC),
            order.seller_id,
            "SELLER",
        )
        end = Head(line.position, fingerprint(line, head.hash))
        order.number = number
        await self._pool.execute(
            CHANGE, order.id, number, uuid7(), end.position, order.seller_id, line.occurred_at,
            json.dumps(data), end.hash,
        )  # fmt: skip
        order.written_at = time.monotonic()
        self._heads[order.id] = end
        self._hub.publish([f"order:{order.id}"])


class Stage(NamedTuple):
    """What the parent process says."""

    port: int
    pid: int
    database_url: str
    redis_url: str
    document: str
    subscribers: int
    changes_per_s: float
    seconds: float
    orders: list[dict[str, str]]


async def listen(port: int, document: str, followed: Sequence[Followed]) -> list[Socket]:
    """Open a socket for each; all of them have their first result then."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(order: Followed) -> Socket:
        async with gate:
            _, socket = await asyncio.get_running_loop().create_connection(
                lambda: Socket(order.token, document, {"id": order.global_id}, order.heard),
                "127.0.0.1",
                port,
            )
            await socket.first
            return socket

    return list(await asyncio.gather(*(one(order) for order in followed)))


async def change_steadily(
    writer: Writer, orders: Sequence[Followed], per_s: float, seconds: float
) -> int:
    """One after the other, at this pace; say how many changes there were."""
    began, nth, tasks = time.monotonic(), 0, []
    while (now := time.monotonic()) < began + seconds:
        while nth < (now - began) * per_s:
            order = orders[nth % len(orders)]
            tasks.append(asyncio.create_task(writer.change(order, f"N{nth}")))
            nth += 1
        await asyncio.sleep(1 / per_s)
    await asyncio.gather(*tasks)
    return nth


async def settled(orders: Sequence[Followed], wanted: int) -> int:
    """Wait until all has come, or for a while; say how much has."""
    until = time.monotonic() + PATIENCE_S
    while True:
        came = sum(len(order.took) for order in orders)
        if came >= wanted or time.monotonic() > until:
            return came
        await asyncio.sleep(LOOK_S)


async def main(stage: Stage) -> dict[str, Any]:
    many_open_files()
    server = psutil.Process(stage.pid)
    redis = Redis.from_url(stage.redis_url)
    orders = [
        Followed(**order | {"id": UUID(order["id"]), "seller_id": UUID(order["seller_id"])})
        for order in stage.orders
    ]
    async with asyncpg.create_pool(stage.database_url, min_size=4, max_size=4) as pool:
        ids = [order.id for order in orders]
        heads = {row["order_id"]: Head(row[1], row[2]) for row in await pool.fetch(HEADS, ids)}
        writer = Writer(pool, Hub(redis), heads)
        steady = await _steady(stage, server, writer, orders)
        broadcast = await _broadcast(stage, writer, orders[0])
    await redis.aclose()
    return steady | {"broadcast_s": broadcast}


async def _steady(
    stage: Stage, server: psutil.Process, writer: Writer, orders: Sequence[Followed]
) -> dict[str, Any]:
    """Everybody follows an order of their own; changes come evenly."""
    before = server.memory_info().rss
    sockets = await listen(stage.port, stage.document, orders)
    await asyncio.sleep(REST_S)
    each_kib = (server.memory_info().rss - before) / 1024 / len(sockets)
    cpu = _cpu_s(server)
    changes = await change_steadily(writer, orders, stage.changes_per_s, stage.seconds)
    last = sum(order.number != "" for order in orders)
    await settled(orders, changes)
    cpu = _cpu_s(server) - cpu
    took = [seconds for order in orders for seconds in order.took]
    final = sum(order.last == order.number for order in orders if order.number)
    for socket in sockets:
        socket.close()
    return {
        "each_kib": each_kib,
        "changes": changes,
        "took": took,
        "cpu_s": cpu,
        "final": final,
        "changed": last,
    }


async def _broadcast(stage: Stage, writer: Writer, order: Followed) -> list[float]:
    """Everybody follows the same order; for each change, when the last one heard of it."""
    order.number = ""
    sockets = await listen(stage.port, stage.document, [order] * stage.subscribers)
    lasts = []
    for nth in range(BROADCASTS):
        await asyncio.sleep(REST_S)
        order.took = []
        await writer.change(order, f"B{nth}")
        came = await settled([order], len(sockets))
        assert came == len(sockets), f"{came} of {len(sockets)} heard of it"
        lasts.append(max(order.took))
    for socket in sockets:
        socket.close()
    return lasts


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    json.dump(uvloop.run(main(Stage(**json.load(sys.stdin)))), sys.stdout)
