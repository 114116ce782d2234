"""One operation over a long HTTP answer: what comes is sent as it comes, for as long as one listens.

The next answer is asked for when the last has left for the socket, so a slow reader holds one answer
and finds the latest state behind it. The operation ends with its reader, and with the reader's token.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Protocol

from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from ordergraph.api.context import Context
from ordergraph.api.faults import Fault, Unauthenticated
from ordergraph.identity.revoking import REVOKED
from ordergraph.transports.answers import NOT_STORED, failure, nothing_ran, written
from ordergraph.transports.front import ALL, Front, Kinds
from ordergraph.transports.operation import Declined, Operation
from ordergraph.transports.places import NoPlace

RATE_LIMITED: Final = {"code": "RATE_LIMITED"}
WAIT: Final = {"retry-after": "30"}


class Framing(Protocol):
    """How a protocol writes what is sent."""

    content_type: str
    beat_s: float
    opening: bytes
    beat: bytes
    closing: bytes

    def result(self, answer: bytes) -> bytes:
        """One answer."""

    def fault(self, errors: list[Any]) -> bytes:
        """What is wrong with the request, or ends the operation from outside of it."""


class Gone(Exception):
    """Nobody reads any more."""


@dataclass(slots=True)
class Line:
    """The answer's way to its reader; one piece at a time."""

    send: Send
    patience_s: float
    """After how long a reader that takes nothing is gone."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self, framing: Framing) -> None:
        named = {**NOT_STORED, "content-type": framing.content_type, "x-accel-buffering": "no"}
        headers = [(name.encode(), text.encode()) for name, text in named.items()]
        await self.send(
            {"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers}
        )
        await self.say(framing.opening)

    async def say(self, piece: bytes, *, more: bool = True) -> None:
        """Return when it has left for the socket; raise Gone when it does not."""
        body = {"type": "http.response.body", "body": piece, "more_body": more}
        try:
            async with asyncio.timeout(self.patience_s), self._turn:
                await self.send(body)
        except OSError:  # a TimeoutError is one, too
            raise Gone from None


@dataclass(frozen=True, slots=True)
class Stream:
    """An ASGI application: the answer to one request."""

    front: Front
    operation: Operation
    context: Context
    framing: Framing
    kinds: Kinds = ALL

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self.front.places.take(self.context.identity, self.context.address):
                await self._run(receive, send)
        except NoPlace as no:
            full = failure(HTTPStatus.TOO_MANY_REQUESTS, no.message, RATE_LIMITED, WAIT)
            await full(scope, receive, send)

    async def _run(self, receive: Receive, send: Send) -> None:
        line = Line(send, self.front.sockets.write_s)
        await line.open(self.framing)
        last = await _first(self._deliver(line), self._watch(line), _hung_up(receive))
        if last is not None:
            with contextlib.suppress(Gone):
                await line.say(last, more=False)

    async def _deliver(self, line: Line) -> bytes | None:
        """Send answer after answer; return what is to be said at the end."""
        try:
            async with aclosing(self._results()) as results:
                async for result in results:
                    if self._is_over():
                        return self._fault(Unauthenticated())
                    await line.say(self._framed(result))
        except Declined as no:
            return self._fault(no)
        except Gone:
            return None
        return self.framing.closing

    def _results(self) -> Any:
        return self.front.stream(self.operation, self.context, self.kinds)

    async def _watch(self, line: Line) -> bytes | None:
        """Keep the line warm; return what is to be said when its reader may not listen any more."""
        async with self.front.desk.hub.listen(REVOKED) as nudged:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(self.framing.beat_s, self._left_s())):
                        await nudged()
                if self._is_over():
                    return self._fault(Unauthenticated())
                try:
                    await line.say(self.framing.beat)
                except Gone:
                    return None

    def _left_s(self) -> float:
        """How long the token is still good; people without one may stay."""
        identity = self.context.identity
        if identity is None:
            return self.framing.beat_s
        return max(0.0, (identity.expires_at - datetime.now(UTC)).total_seconds())

    def _is_over(self) -> bool:
        return self._left_s() == 0.0 or self.front.revoked(self.context.identity)

    def _framed(self, result: ExecutionResult) -> bytes:
        if nothing_ran(result):
            return self.framing.fault([error.formatted for error in result.errors or ()])
        return self.framing.result(written(result))

    def _fault(self, fault: Fault) -> bytes:
        return self.framing.fault([fault.formatted]) + self.framing.closing


async def _first(*racing: Awaitable[bytes | None]) -> bytes | None:
    """What the first of them comes to. The others have ended, too, when this returns or raises."""
    tasks = [asyncio.ensure_future(one) for one in racing]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _hung_up(receive: Receive) -> bytes:
    """Who is gone hears nothing more. But who is told so because the server ends is still there: for
    them the answer ends whole, and its operation is not complete, so that they connect again.
    """
    while (await receive())["type"] != "http.disconnect":
        pass
    return b""
