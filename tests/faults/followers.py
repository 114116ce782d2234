"""Clients that follow something over sockets which break, at whichever API they come to next."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.client import PROTOCOL
from tests.faults.deployment import Deployment

THREAD: Final = """subscription T($id: ID!, $after: String) {
  messageAdded(disputeId: $id, after: $after) { cursor node { body } } }"""
STATE: Final = """subscription S($id: ID!) { disputeUpdated(disputeId: $id) { messageCount } }"""


@asynccontextmanager
async def following(
    url: str, token: str, document: str, **variables: object
) -> AsyncIterator[ClientConnection]:
    async with connect(url, subprotocols=[PROTOCOL], proxy=None, ping_interval=None) as line:
        init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
        await line.send(orjson.dumps(init).decode())
        assert orjson.loads(await line.recv())["type"] == "connection_ack"
        payload = {"query": document, "variables": variables}
        asked = {"type": "subscribe", "id": "1", "payload": payload}
        await line.send(orjson.dumps(asked).decode())
        yield line


async def event(line: ClientConnection) -> Any:
    """The next event's one field."""
    message = orjson.loads(await line.recv())
    assert message["type"] == "next", message
    (field,) = message["payload"]["data"].values()
    return field


class Follower:
    """Comes again and again, each time after a while that chance decides."""

    def __init__(self, deployment: Deployment, token: str, chance: random.Random) -> None:
        self._deployment, self._token, self._chance = deployment, token, chance
        self.visits = 0

    async def thread(self, dispute: str, until: str) -> list[str]:
        """Every message that comes, from the beginning to this one; each visit goes on behind the
        last cursor.
        """
        bodies: list[str] = []
        cursor = None
        while until not in bodies:
            async with self._visit(THREAD, id=dispute, after=cursor) as line:
                while until not in bodies:
                    edge = await event(line)
                    cursor = edge["cursor"]
                    bodies.append(edge["node"]["body"])
        return bodies

    async def counts(self, dispute: str, until: int) -> list[int]:
        """How many messages there are, each time the dispute comes, to this number."""
        counts = [0]
        while counts[-1] < until:
            async with self._visit(STATE, id=dispute) as line:
                while counts[-1] < until:
                    counts.append((await event(line))["messageCount"])
        return counts

    @asynccontextmanager
    async def _visit(self, document: str, **variables: object) -> AsyncIterator[ClientConnection]:
        """A line that is cut after a while, without a word."""
        self.visits += 1
        port = self._chance.choice(list(self._deployment.ports.values()))
        url = f"ws://127.0.0.1:{port}/graphql"
        with suppress(TimeoutError, WebSocketException):
            async with (
                following(url, self._token, document, **variables) as line,
                asyncio.timeout(self._chance.uniform(0.05, 1.2)),
            ):
                try:
                    yield line
                finally:
                    line.transport.abort()
