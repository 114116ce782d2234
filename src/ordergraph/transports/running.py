"""How long an operation runs: within its time, and no longer than anybody waits for it.

A query whose client hangs up is stopped, down to its SQL statement. A mutation goes on: what a person
meant is done even when the line breaks, and the key finds it when the phone asks again. One whose time
runs out is rolled back whole, unless it had committed; the key tells which.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from starlette.types import Receive

from ordergraph.transports.hanging_up import Lookout
from ordergraph.transports.operation import Declined

TIME_LIMIT_S: Final = 10.0
STATEMENT_SHARE: Final = 0.9
"""Of an operation's time, what one SQL statement may take: so the database gives up first."""
T = TypeVar("T")


class OperationTimeout(Declined):
    """Time ran out. What it would have changed is unchanged, or was committed at the last moment."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "OPERATION_TIMEOUT"


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the operations of one process."""

    limit_s: float = TIME_LIMIT_S
    _lookout: Lookout = field(default_factory=Lookout)
    _unattended: set[asyncio.Task[Any]] = field(default_factory=set)

    async def run(
        self, work: Coroutine[Any, Any, T], *, to_its_end: bool, receive: Receive | None = None
    ) -> T:
        """Do it within the time limit, and to its end even when whoever waits is canceled.

        Raises OperationTimeout; and HungUp, where `receive` tells of a client that may leave. Whether
        somebody still waits for what goes on to its end, nobody asks.
        """
        if not to_its_end:
            return await self._in_time(work, receive)
        over = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._in_time(work, None))
        self._unattended.add(task)
        task.add_done_callback(partial(self._end, over))
        await over  # whoever is canceled here leaves the task alone
        return task.result()

    async def finish(self) -> None:
        """Wait for what nobody else waits for; it ends within the time limit."""
        if self._unattended:
            await asyncio.wait(self._unattended)

    async def _in_time(self, work: Coroutine[Any, Any, T], receive: Receive | None) -> T:
        try:
            return await self._lookout.while_there(receive, work, self.limit_s)
        except TimeoutError:
            raise OperationTimeout(
                f"The operation took longer than {self.limit_s:g} seconds. Repeat a mutation with the"
                " same idempotency key: it is done once."
            ) from None

    def _end(self, over: asyncio.Future[None], task: asyncio.Task[Any]) -> None:
        self._unattended.discard(task)
        if not over.done():
            over.set_result(None)
        if not task.cancelled():
            task.exception()  # is told to whoever waits; or nobody does
