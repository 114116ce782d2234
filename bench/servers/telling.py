"""The limit of live updates: a bare ASGI WebSocket, one Redis subscription, one statement a change.

It answers graphql-transport-ws, knows one subscription, and takes the order for granted that a client
names in its variables. `uvicorn bench.servers.telling:app`.
"""

import asyncio
import base64
import contextlib
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from redis.asyncio import Redis

from bench.servers.limit import as_it_is
from bench.servers.sql import global_id, money
from ordergraph.infra.hub import CHANNEL
from ordergraph.infra.wire import many_open_files

Send = Callable[[dict[str, str]], Awaitable[None]]
ORDER: Final = f"""
SELECT row_to_json(seen)::text FROM (SELECT {global_id("Order", "o.id")} AS id, o.number, o.status,
    {money("o.total_minor", "o.currency")} AS total, o.tracking_number AS "trackingNumber"
    FROM orders o WHERE o.id = $1) seen"""
NEXT: Final = '{"id":"1","type":"next","payload":{"data":{"orderUpdated":%s}}}'
ACK: Final = '{"type":"connection_ack"}'


class App:
    """Who follows which order; each change is read once, and told to all of them."""

    def __init__(self) -> None:
        self._pool: Any = None
        self._following: defaultdict[str, set[Send]] = defaultdict(set)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self._follow(receive, send)
        else:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-length", b"0")],
                }
            )
            await send({"type": "http.response.body", "body": b""})

    async def _follow(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        topic = ""
        while (message := await receive())["type"] == "websocket.receive":
            said = orjson.loads(message["text"])
            if said["type"] == "connection_init":
                await send({"type": "websocket.send", "text": ACK})
            elif said["type"] == "subscribe":
                topic = _topic(said["payload"]["variables"]["id"])
                self._following[topic].add(send)
                await send(await self._seen(topic))
        self._following[topic].discard(send)

    async def _seen(self, topic: str) -> dict[str, str]:
        order_id = UUID(topic.partition(":")[2])
        return {"type": "websocket.send", "text": NEXT % await self._pool.fetchval(ORDER, order_id)}

    async def _tell(self, topic: str) -> None:
        if topic in self._following:
            message = await self._seen(topic)
            for send in list(self._following[topic]):
                await send(message)

    async def _hear(self) -> None:
        tasks: set[asyncio.Task[None]] = set()
        async with Redis.from_url(os.environ["BENCH_REDIS_URL"]).pubsub() as line:
            await line.subscribe(CHANNEL)
            async for message in line.listen():
                for topic in orjson.loads(message["data"]) if message["type"] == "message" else ():
                    task = asyncio.create_task(self._tell(topic))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        many_open_files()
        self._pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], reset=as_it_is)
        line = asyncio.create_task(self._hear())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        line.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await line
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def _topic(global_id_: str) -> str:
    return f"order:{base64.b64decode(global_id_).decode().partition(':')[2]}"


app: Final = App()
