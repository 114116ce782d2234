"""A receiver of webhooks: a real server that remembers what it was sent, and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

import orjson
from standardwebhooks.webhooks import Webhook

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def answer(status: int, body: str = "", **headers: str) -> bytes:
    """An HTTP answer, written out; `retry_after="3"` is the header retry-after."""
    lines = [f"HTTP/1.1 {status} Said"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"content-length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


@dataclass(frozen=True)
class Got:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> Any:
        return orjson.loads(self.body)

    def verified(self, secret: str) -> Any:
        """What it says, checked as a receiver does; raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """`script`: the answers to the next requests; then 200. `hangs`: nobody is answered."""

    got: list[Got] = field(default_factory=list)
    script: list[bytes] = field(default_factory=list)
    hangs: bool = False
    at_once: int = 0
    most_at_once: int = 0
    delay_s: float = 0.0
    port: int = 0
    scheme: str = "http"

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.got.append(await _read(reader))
            if self.hangs:
                await reader.read(1)  # until whoever asked gives up
                return
            await asyncio.sleep(self.delay_s)
            writer.write(self.script.pop(0) if self.script else OK)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.at_once -= 1
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    pairs = [line.partition(":")[::2] for line in head[1:] if line]
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(head[0].split()[1], headers, body.decode())


@asynccontextmanager
async def receiving(tls: SSLContext | None = None, **how: Any) -> AsyncIterator[Receiver]:
    """A receiver on this machine, on a free port or on a given one."""
    receiver = Receiver(**how)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await receiver.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", receiver.port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.scheme = "https" if tls else "http"
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
