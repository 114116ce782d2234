"""One running operation of a socket: its results as messages, until it is complete."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from strawberry.http import process_result
from strawberry.types.execution import ExecutionResult

from ordergraph.api.faults import Fault
from ordergraph.transports.answers import nothing_ran
from ordergraph.transports.sockets.line import Line

Results = AsyncGenerator[ExecutionResult, None]


@dataclass(eq=False, slots=True)
class Stream:
    """An operation that runs, as long as the table of its socket has it under its id.

    The next result is made when the one before is written: who reads slowly skips states, and
    fills nothing.
    """

    id: str
    line: Line
    running: dict[str, "Stream"]
    check: Callable[[], Awaitable[None]]
    """Whether the client may still be told; raises Closed."""
    task: asyncio.Task[None] | None = field(default=None)

    async def run(self, results: Results) -> None:
        """Pass on all results; what cannot begin is an error, and what fails in a field a result."""
        try:
            refused = await self._pass_on(results)
        except Fault as fault:
            refused = [fault.formatted]
        if refused is None:
            await self._end("complete")
        else:
            await self._end("error", payload=refused)

    async def _pass_on(self, results: Results) -> list[Any] | None:
        """Return the errors of an operation that could not begin, or go on."""
        async with aclosing(results):
            async for result in results:
                await self.check()
                if nothing_ran(result):
                    return [error.formatted for error in result.errors or ()]
                if self._is_wanted:
                    await self.line.say("next", id=self.id, payload=process_result(result))
        return None

    async def stop(self) -> None:
        """The client wants no more: from now on nothing is said, and what was looked at is let go."""
        self.running.pop(self.id, None)
        assert self.task is not None, "it is in the table as long as it runs"
        self.task.cancel()
        await asyncio.wait([self.task])

    @property
    def _is_wanted(self) -> bool:
        return self.running.get(self.id) is self

    async def _end(self, kind: str, **payload: object) -> None:
        """Give the id back before the client can know: it may use it again at once."""
        if self._is_wanted:
            del self.running[self.id]
            await self.line.say(kind, id=self.id, **payload)
