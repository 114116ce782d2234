"""The limit of a subscription: Postgres builds the JSON once for each change, and it is sent to each.

No GraphQL, nobody is asked who they are. `uvicorn --factory bench.bare_sockets:app`.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg
import orjson
from redis.asyncio import Redis

from ordergraph.infra.hub import CHANNEL

READ: Final = """
SELECT '{"type":"next","id":"1","payload":{"data":{"orderUpdated":' || json_build_object(
    'id', encode(convert_to('Order:' || id, 'UTF8'), 'base64'), 'number', number, 'status', status,
    'total', json_build_object('amount', total_minor / 100.0, 'currencyCode', currency),
    'carrier', carrier, 'trackingNumber', tracking_number)::text || '}}}'
FROM orders WHERE id = $1"""

Send = Callable[[Any], Awaitable[None]]


class Bare:
    """An ASGI application."""

    def __init__(self) -> None:
        self.followers: defaultdict[str, set[Send]] = defaultdict(set)

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self._talk(receive, send)
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ready"})

    async def _live(self, receive: Any, send: Send) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(os.environ["ORDERGRAPH_DATABASE_URL"], max_size=10)
        relay = asyncio.create_task(self._relay())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        relay.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _talk(self, receive: Any, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        followed = ""
        while (event := await receive())["type"] != "websocket.disconnect":
            said = orjson.loads(event["text"])
            if said["type"] == "connection_init":
                await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
            else:
                followed = said["payload"]["variables"]["id"]
                self.followers[followed].add(send)
                await self._tell(followed, {send})
        self.followers[followed].discard(send)

    async def _relay(self) -> None:
        async with Redis.from_url(os.environ["ORDERGRAPH_REDIS_URL"]).pubsub() as line:
            await line.subscribe(CHANNEL)
            async for message in line.listen():
                if message["type"] == "message":
                    for topic in orjson.loads(message["data"]):
                        order_id = topic.removeprefix("order:")
                        await self._tell(order_id, self.followers[order_id])

    async def _tell(self, order_id: str, followers: set[Send]) -> None:
        text = await self.pool.fetchval(READ, order_id)
        for send in list(followers):
            with suppress(Exception):
                await send({"type": "websocket.send", "text": text})


def app() -> Bare:
    return Bare()
