"""One running operation of a socket: its results as messages, until it is complete."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from strawberry.types.execution import ExecutionResult

from ordergraph.api.faults import Fault
from ordergraph.transports.answers import nothing_ran, written
from ordergraph.transports.broadcasts import Broadcast
from ordergraph.transports.sockets.closing import Closed, ended
from ordergraph.transports.sockets.line import Line

Results = AsyncGenerator[ExecutionResult, None]
Begin = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None] | None]


@dataclass(eq=False, slots=True)
class Stream:
    """An operation that runs, as long as the table of its socket has it under its id.

    The next result is made when the one before is written, or takes the place of one that is not:
    who reads slowly skips states, and fills nothing.
    """

    id: str
    line: Line
    running: dict[str, "Stream"]
    check: Callable[[], None]
    """Whether the client may still be told; raises Closed."""
    begun: Begin
    """Makes a task of the socket's, unless that is ending."""
    task: asyncio.Task[None] | None = None
    broadcast: Broadcast | None = None
    """Whoever tells it; then it has no task while there is nothing to say."""
    _waiting: tuple[str, bytes] | None = None
    """What is to be said next: a kind of message, and its payload."""

    def begin(self, results: Results) -> None:
        self.task = self.begun(self._run(results))

    async def _run(self, results: Results) -> None:
        """Pass on all results; what cannot begin is an error, and what fails in a field a result."""
        try:
            refused = await self._pass_on(results)
        except Fault as fault:
            refused = [fault.formatted]
        if self.broadcast is not None:
            await self._catch_up()
        elif refused is None:
            await self._end("complete")
        else:
            await self._end("error", payload=refused)

    async def _pass_on(self, results: Results) -> list[Any] | None:
        """Return the errors of an operation that could not begin, or go on."""
        async with aclosing(results):
            async for result in results:
                self.check()
                if nothing_ran(result):
                    return [error.formatted for error in result.errors or ()]
                if self._is_wanted:
                    await self.line.say(
                        "next", id=self.id, payload=orjson.Fragment(written(result))
                    )
        return None

    def tell(self, answer: bytes) -> None:
        """Say it now, or as soon as the client has read; then only the newest of what came."""
        self._say("next", answer)

    def end(self, errors: list[Any]) -> None:
        """The broadcast is over."""
        self._say("error", orjson.dumps(errors))

    def _say(self, kind: str, payload: bytes) -> None:
        try:
            self.check()
        except Closed as ends:
            self.begun(ended(ends))
            return
        self._waiting = (kind, payload)
        if self.task is not None:
            return
        if self.line.send_at_once(self._message(kind, payload)):
            self._waiting = None
            self._free(kind)
        else:
            self.task = self.begun(self._catch_up())

    async def _catch_up(self) -> None:
        """Say what waits, and then what has come meanwhile."""
        while self._waiting is not None:
            (kind, payload), self._waiting = self._waiting, None
            self.check()
            self._free(kind)
            await self.line.send(self._message(kind, payload))
        self.task = None

    def _message(self, kind: str, payload: bytes) -> bytes:
        named = orjson.dumps(self.id)
        return b'{"type":"%b","id":%b,"payload":%b}' % (kind.encode(), named, payload)

    def _free(self, kind: str) -> None:
        """Behind an error the id may be used again."""
        if kind == "error" and self._is_wanted:
            del self.running[self.id]

    async def stop(self) -> None:
        """The client wants no more: from now on nothing is said, and what was looked at is let go."""
        self.running.pop(self.id, None)
        self.leave()
        self._waiting = None
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    def leave(self) -> None:
        if self.broadcast is not None:
            self.broadcast.leave(self)

    @property
    def _is_wanted(self) -> bool:
        return self.running.get(self.id) is self

    async def _end(self, kind: str, **payload: object) -> None:
        """Give the id back before the client can know: it may use it again at once."""
        if self._is_wanted:
            del self.running[self.id]
            await self.line.say(kind, id=self.id, **payload)
