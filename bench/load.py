"""The other end of the line: asks over keep-alive connections, one question after the other on each.

A process of its own, `python -m bench.load`: the order comes as JSON on stdin, what it took goes
to stdout. It reads no more of an answer than it must, so that it takes little of the machine.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

import uvloop

END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"
OK: Final = b"HTTP/1.1 200"
FAULT: Final = b'"errors":'
LATIN: Final = "latin-1"
PATIENCE_S: Final = 30


class UnexpectedAnswer(Exception):
    """A server that does not do its work is not measured."""


@dataclass(slots=True)
class Clock:
    """Until when new questions are asked, and what each one took, in seconds."""

    until: float
    took: list[float] = field(default_factory=list)


class Line(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again while there is time and a question."""

    def __init__(self, requests: Iterator[bytes], holds: bytes, clock: Clock) -> None:
        self._requests, self._holds, self._clock = requests, holds, clock
        self._heard, self._needed = bytearray(), 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if not self._needed:
            self._needed = _length(self._heard)
        if self._needed and len(self._heard) >= self._needed:
            self._answered()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or UnexpectedAnswer("the server hung up"))

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        request = next(self._requests, None) if self._asked_at < self._clock.until else None
        if request is not None:
            self._transport.write(request)
            return
        self.over.set_result(None)
        self._transport.close()

    def _answered(self) -> None:
        now = time.perf_counter()
        if not self._heard.startswith(OK) or FAULT in self._heard or self._holds not in self._heard:
            self.over.set_exception(UnexpectedAnswer(bytes(self._heard[:2000]).decode()))
            self._transport.close()
            return
        self._clock.took.append(now - self._asked_at)
        self._heard.clear()
        self._needed = 0
        self._ask()


def _length(heard: bytearray) -> int:
    """How long the whole answer is, head included; 0 while the head is not there."""
    end = heard.find(END)
    if end < 0:
        return 0
    head = bytes(heard[:end]).lower()
    at = head.find(LENGTH)
    if at < 0:
        raise UnexpectedAnswer(f"an answer without its length: {head.decode(LATIN)}")
    return end + len(END) + int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])


async def ask(order: Any) -> Clock:
    requests = [request.encode(LATIN) for request in order["requests"]]
    endless = iter(requests) if order["once"] else cycle(requests)
    clock = Clock(time.perf_counter() + order["seconds"])
    loop = asyncio.get_running_loop()
    holds = order["holds"].encode()
    lines = [
        await loop.create_connection(
            lambda: Line(endless, holds, clock), "127.0.0.1", order["port"]
        )
        for _ in range(order["connections"])
    ]
    async with asyncio.timeout(order["seconds"] + PATIENCE_S):
        await asyncio.gather(*(line.over for _, line in lines))
    return clock


def main() -> None:
    """What is asked is read first: nobody pays for that."""
    order = json.load(sys.stdin)
    began = time.perf_counter()
    clock = uvloop.run(ask(order))
    json.dump({"seconds": time.perf_counter() - began, "took": clock.took}, sys.stdout)


if __name__ == "__main__":
    main()
