"""The benchmark's client: it counts what was answered, and takes no wrong answer for a fast one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bench.load import UnexpectedAnswer, ask

REQUEST = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


@asynccontextmanager
async def answering(body: bytes, status: str = "200 OK") -> AsyncIterator[int]:
    """A server that says the same to everybody, in two pieces."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while (await reader.readline()).strip():
                continue
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            await writer.drain()
            writer.write(body)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


def order(port: int, **more: Any) -> dict[str, Any]:
    return {
        "port": port, "connections": 3, "seconds": 5, "once": True, "holds": "pageInfo",
        "requests": [REQUEST] * 10,
    } | more  # fmt: skip


async def test_each_question_is_asked_once_where_it_can_be_asked_only_once() -> None:
    async with answering(b'{"data":{"pageInfo":1}}') as port:
        clock = await ask(order(port))

    assert len(clock.took) == 10
    assert all(took > 0 for took in clock.took)


async def test_otherwise_it_asks_for_as_long_as_it_was_told() -> None:
    async with answering(b'{"data":{"pageInfo":1}}') as port:
        clock = await ask(order(port, once=False, seconds=0.2))

    assert len(clock.took) > 10


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"data":null,"errors":[{"message":"pageInfo"}]}', "200 OK"),
        (b'{"data":{"orderCancel":{"__typename":"NotFoundError"}}}', "200 OK"),
        (b'{"data":{"pageInfo":1}}', "429 Too Many Requests"),
    ],
    ids=["errors", "another answer", "another status"],
)
async def test_a_wrong_answer_ends_the_measurement(body: bytes, status: str) -> None:
    async with answering(body, status) as port:
        with pytest.raises(UnexpectedAnswer):
            await ask(order(port))
