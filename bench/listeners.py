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

from bench.listening import Ear, connected, following
from bench.servers.canceling import Line
from ordergraph.infra.chaining import fingerprint
from ordergraph.infra.hub import Hub
from ordergraph.infra.wire import many_open_files

AT_ONCE: Final = 50
COMPARED: Final = 100
"""Of so many orders the parent is told what was said, to compare it."""
PATIENCE_S: Final = 30.0
LOOK_S: Final = 0.01
BROADCASTS: Final = 5
REST_S: Final = 1.0
CALM_S: Final = 0.05
"""Of the processor's time, in that second."""
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
    """One order, and what was written into it: each tracking number with the moment of its commit."""

    id: UUID
    seller_id: UUID
    global_id: str
    token: str
    written: list[tuple[bytes, float]] = field(default_factory=list)

    def took(self, ear: Ear) -> list[float]:
        """How long each number took to come; one that a later one overtook is left out."""
        came = [
            (at, text) for number, _ in self.written for at, text in ear.heard if number in text
        ]
        moments = dict(self.written)
        return [at - moments[_number(text)] for at, text in came]

    def is_known_to(self, ear: Ear) -> bool:
        """Whether the last that came is the last that was written."""
        return not self.written or bool(ear.heard and self.written[-1][0] in ear.heard[-1][1])


def _number(text: bytes) -> bytes:
    """The tracking number in a message, with its quotes."""
    return b'"' + text.rsplit(b'"trackingNumber":"', 1)[1].split(b'"', 1)[0] + b'"'


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
        await self._pool.execute(
            CHANGE, order.id, number, uuid7(), end.position, order.seller_id, line.occurred_at,
            json.dumps(data), end.hash,
        )  # fmt: skip
        order.written.append((b'"%s"' % number.encode(), time.monotonic()))
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


async def listen(port: int, document: str, followed: Sequence[Followed]) -> list[Ear]:
    """Open a socket for each; all of them have heard how their order stands."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(order: Followed) -> Ear:
        async with gate:
            ear = await connected(port, order.token)
            await following(ear, document, order.global_id)
            return ear

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


async def settled(ears: Sequence[Ear], wanted: int) -> None:
    """Wait until so many messages have come, or for a while: steps may be skipped."""
    until = time.monotonic() + PATIENCE_S
    while sum(len(ear.heard) for ear in ears) < wanted and time.monotonic() < until:  # noqa: ASYNC110  (an event for each message costs more)
        await asyncio.sleep(LOOK_S)


async def main(stage: Stage) -> dict[str, Any]:
    many_open_files()
    server = psutil.Process(stage.pid)
    redis = Redis.from_url(stage.redis_url)
    orders = [
        Followed(UUID(o["id"]), UUID(o["seller_id"]), o["global_id"], o["token"])
        for o in stage.orders
    ]
    async with asyncpg.create_pool(stage.database_url, min_size=4, max_size=4) as pool:
        ids = [order.id for order in orders]
        heads = {row["order_id"]: Head(row[1], row[2]) for row in await pool.fetch(HEADS, ids)}
        writer = Writer(pool, Hub(redis), heads)
        steady = await _steady(stage, server, writer, orders)
        await _calm(server)
        broadcast = await _broadcast(stage, writer, orders[0])
    await redis.aclose()
    return steady | {"broadcast_s": broadcast}


async def _steady(
    stage: Stage, server: psutil.Process, writer: Writer, orders: Sequence[Followed]
) -> dict[str, Any]:
    """Everybody follows an order of their own; changes come evenly."""
    before = server.memory_info().rss
    ears = await listen(stage.port, stage.document, orders)
    await asyncio.sleep(REST_S)
    each_kib = (server.memory_info().rss - before) / 1024 / len(ears)
    cpu = _cpu_s(server)
    changes = await change_steadily(writer, orders, stage.changes_per_s, stage.seconds)
    await settled(ears, changes)
    cpu = _cpu_s(server) - cpu
    pairs = list(zip(orders, ears, strict=True))
    for ear in ears:
        ear.hang_up()
    return {
        "each_kib": each_kib,
        "changes": changes,
        "took": [seconds for order, ear in pairs for seconds in order.took(ear)],
        "cpu_s": cpu,
        "said": [_state(ear) for _, ear in pairs[:COMPARED]],
        "lost": sum(not order.is_known_to(ear) for order, ear in pairs),
    }


async def _calm(server: psutil.Process) -> None:
    """Wait until it has done what there was to do about those who hung up."""
    before, now = -1.0, _cpu_s(server)
    while now - before > CALM_S:
        await asyncio.sleep(REST_S)
        before, now = now, _cpu_s(server)


async def _broadcast(stage: Stage, writer: Writer, order: Followed) -> list[float]:
    """Everybody follows the same order; for each change, when the last one heard of it."""
    ears = await listen(stage.port, stage.document, [order] * stage.subscribers)
    lasts = []
    for nth in range(BROADCASTS):
        await asyncio.sleep(REST_S)
        await writer.change(order, f"B{nth}")
        await settled(ears, len(ears))
        number, at = order.written[-1]
        assert all(number in ear.heard[-1][1] for ear in ears), "everybody heard of it"
        lasts.append(max(ear.heard[-1][0] for ear in ears) - at)
        for ear in ears:
            ear.heard.clear()
    for ear in ears:
        ear.hang_up()
    return lasts


def _state(ear: Ear) -> Any:
    """The order in the last message, but for what changes; nothing where no change has come."""
    if not ear.heard:
        return None
    message = json.loads(ear.heard[-1][1])
    return message["payload"]["data"]["orderUpdated"] | {"trackingNumber": None}


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    json.dump(uvloop.run(main(Stage(**json.load(sys.stdin)))), sys.stdout)
