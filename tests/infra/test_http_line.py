"""Heads of requests that never end, in size or in time, and bytes that are no HTTP."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ordergraph.infra import http_line
from ordergraph.infra.http_line import HEAD_BYTES, HttpLine
from tests.serving import served
from tests.transports.serving import raw

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def _echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = Starlette(routes=[Route("/", _echo, methods=["POST"])])
    async with served(app, http=HttpLine) as found:
        yield found


@pytest.mark.parametrize("start", [b"GET /", HEAD + b"X-Long: ", HEAD])
async def test_a_head_without_an_end_is_cut_off(url: str, start: bytes) -> None:
    piece = b"x: y\r\n" if start is HEAD else b"x"
    async with raw(url) as line:
        await line.say(start + piece * (HEAD_BYTES // len(piece) + 1))
        answer = await line.hear(b"}]}")

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"PAYLOAD_TOO_LARGE"' in answer


async def test_who_sends_no_request_is_not_waited_for(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_line, "HEAD_WITHIN_S", 0.1)
    async with raw(url) as silent, raw(url) as slow:
        await slow.say(b"POST / HTTP/1.1\r\nHost:")
        answers = [await silent.hear_all(), await slow.hear_all()]

    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_in_json(url: str, garbage: bytes) -> None:
    async with raw(url) as line:
        await line.say(garbage)
        answer = await line.hear(b"}]}")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"BAD_REQUEST"' in answer


async def test_bodies_are_as_long_as_they_like_and_one_line_serves_many(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_line, "HEAD_WITHIN_S", 0.3)
    size = HEAD_BYTES * 2
    sent = HEAD + f"Content-Length: {size}\r\n\r\n".encode() + b"x" * size
    async with raw(url) as line:
        for _ in range(3):
            await line.say(sent)
            assert (await line.hear(str(size).encode())).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(0.2)


async def test_who_leaves_is_gone_for_what_is_under_way_and_what_waits_is_not_begun() -> None:
    """uvicorn tells the request that came last, so the others would write to a line that is closed."""
    begun: list[str] = []
    first, left = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (ASGI)
        begun.append(scope["path"])
        first.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with served(app, http=HttpLine) as url:
        async with raw(url) as line:
            await line.say(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(3)))
            await asyncio.wait_for(first.wait(), 5)
        await asyncio.wait_for(left.wait(), 5)
        await asyncio.sleep(0.1)

    assert begun == ["/0"]


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has it")
async def test_a_line_whose_reader_takes_nothing_does_not_stay_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_line, "GHOST_MS", 500)
    line = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(_endless, http=HttpLine, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[line]))
    try:
        async with raw(f"http://127.0.0.1:{line.getsockname()[1]}") as reader:
            await reader.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.hear(b"\r\n\r\n")
            reader.writer.transport.pause_reading()
            for _ in range(100):
                await asyncio.sleep(0.1)
                if not server.server_state.connections:
                    break
            assert not server.server_state.connections
    finally:
        server.should_exit = server.force_exit = True
        await task


async def _endless(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (ASGI)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while True:
                await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
                await asyncio.sleep(0)  # a send to nobody waits for nothing
