"""Clients that do not read, do not answer, or just go: what they cost is bounded, and ends.

Promises W5 and W7.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import pytest
from websockets.frames import Frame, Opcode

from ordergraph.kernel.actor import Role
from ordergraph.orders import queries
from ordergraph.orders.events import OrderPaymentDeclined
from ordergraph.orders.models import Order
from ordergraph.schema import schema
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from ordergraph.transports.places import Places
from ordergraph.transports.sockets.limits import SocketLimits
from tests.api.doors import TOKENS, bearer
from tests.market import ADA, Market, gid
from tests.transports.lines import Phone, phone, served

HANDSHAKE: Final = (
    "GET /graphql HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n{more}\r\n"
)
BIG: Final = {"a": "b" * 60_000}
NARROW: Final = 4096
"""Bytes that the kernels keep for a line: so a reader that does not read is felt soon."""
ORDER: Final = """subscription S($id: ID!) {
  orderUpdated(orderId: $id) { status timeline { nodes { type } } } }"""


@asynccontextmanager
async def serving(
    market: Market, places: Places, ping_s: float = 20, **limits: Any
) -> AsyncIterator[str]:
    front = Front(schema, market.desk, TOKENS, places=places, sockets=SocketLimits(**limits))
    async with served(Endpoint(front), ping_s=ping_s, buffer=NARROW) as address:
        yield address


async def emptied(places: Places) -> None:
    async with asyncio.timeout(5):
        while places.open:  # noqa: ASYNC110  (nobody is told who leaves)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def dawdler(url: str) -> AsyncIterator[Phone]:
    """A client that reads one message, and the next when the test wants it."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    where = urlsplit(url)
    line.connect((where.hostname, where.port))
    async with phone(url, sock=line, max_queue=1) as slow:
        yield slow


class Bare:
    """A line of TCP on which nothing is read or answered unless a test does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, opcode: Opcode, data: bytes) -> None:
        self.writer.write(Frame(opcode, data).serialize(mask=True))
        await self.writer.drain()

    async def rest(self) -> bytes:
        """What comes, up to the end of the line."""
        got = b""
        try:
            async with asyncio.timeout(10):
                while more := await self.reader.read(65_536):
                    got += more
        except ConnectionError:
            pass
        return got


@asynccontextmanager
async def bare(url: str, more: str = "") -> AsyncIterator[Bare]:
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=NARROW)
    try:
        writer.write(HANDSHAKE.format(host=where.netloc, more=more).encode())
        if not more:
            await reader.readuntil(b"\r\n\r\n")  # a client waits with its first frame for that
        yield Bare(reader, writer)
    finally:
        writer.transport.abort()


async def test_who_does_not_read_is_hung_up_on_and_may_come_again(market: Market) -> None:
    """W7: 1013, behind what was sent already."""
    places = Places()
    async with serving(market, places, write_s=0.3) as url, dawdler(url) as line:
        await line.init()
        for _ in range(4):
            await line.say("ping", payload=BIG)
        await emptied(places)

        assert await line.closed() == 1013


async def test_who_reads_late_gets_the_latest_state_and_not_all_the_ones_before(
    market: Market,
) -> None:
    """W7: one result waits for each operation, whatever happens meanwhile."""
    order = await market.place()
    async with serving(market, Places()) as url, dawdler(url) as line:
        await line.init(**bearer("ada"))
        await line.subscribe(ORDER, id=gid("Order", order.id))
        first = await line.hear()
        for _ in range(3):
            await line.say("ping", payload=BIG)
        await asyncio.sleep(0.3)
        for _ in range(10):
            await changed(market, order)
            await asyncio.sleep(0.02)
        lengths = [_length(first)]
        while lengths[-1] < lengths[0] + 10:
            message = await line.hear()
            lengths += [_length(message)] if message["type"] == "next" else []

    assert len(lengths) <= 4
    assert lengths == sorted(lengths)


async def changed(market: Market, order: Order) -> None:
    """Something happens to it: anything that makes its timeline longer."""
    async with market.edge.transaction(ADA) as tx:
        await queries.lock(tx, order.id)
        tx.emit(OrderPaymentDeclined(order_id=order.id), Role.GATEWAY)


def _length(message: dict[str, Any]) -> int:
    return len(message["payload"]["data"]["orderUpdated"]["timeline"]["nodes"])


async def test_a_ghost_is_noticed(market: Market) -> None:
    """W5: who answers no ping is gone, and graphql-ws would come again on what is said: 1001."""
    places = Places()
    async with serving(market, places, ping_s=0.2) as url, bare(url) as line:
        await line.say(Opcode.TEXT, b'{"type": "connection_init"}')

        got = await line.rest()

        assert b'{"type":"connection_ack"}' in got
        assert (1001).to_bytes(2) + b"No answer to a ping" in got
    await emptied(places)


async def test_pings_that_nobody_waits_for_are_not_answered_without_end(market: Market) -> None:
    """W7: frames of the protocol below ours, of which the application never hears."""
    async with serving(market, Places(), ping_s=0.5) as url, bare(url) as line:
        for _ in range(8_000):
            await line.say(Opcode.PING, b"x" * 125)

        got = await line.rest()

    assert 125 < len(got) < 400_000


async def test_a_handshake_that_is_too_long_is_answered(market: Market) -> None:
    """W1: uvicorn would leave it waiting."""
    async with serving(market, Places()) as url, bare(url, f"X-Long: {'a' * 9000}\r\n") as line:
        assert (await line.rest()).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("cut", [b"", b"\x81", b"\x81\xfe\x10\x00mask{", b"\x01\x80mask"])
async def test_a_line_that_breaks_in_the_middle_of_anything_is_let_go(
    market: Market, cut: bytes
) -> None:
    """W5."""
    order, places = await market.place(), Places()
    payload = {"query": ORDER, "variables": {"id": gid("Order", order.id)}}
    async with serving(market, places) as url:
        async with bare(url) as line:
            token = {"type": "connection_init", "payload": bearer("ada")}
            await line.say(Opcode.TEXT, orjson.dumps(token))
            asked = {"type": "subscribe", "id": "1", "payload": payload}
            await line.say(Opcode.TEXT, orjson.dumps(asked))
            assert b'"next"' in await line.reader.readuntil(b'"next"')
            assert (places.open, places.running) == (1, 1)
            line.writer.write(cut)
        await emptied(places)
    assert not market.hub.listeners
