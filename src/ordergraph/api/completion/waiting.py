"""Waits for what compiled code would have to wait for, as long as it can still come.

Whoever declares a field as `loaded` promises that what it waits for comes, also if nobody waits. A promise
can be broken: `asyncio.sleep` puts off its alarm when whoever awaits it is dropped. What then never comes is
held by nobody who could make it come. So it is held here by nobody either: when it is gone, that is known
at once, and no clock has to say how long a busy database may take.
"""

import asyncio
from collections.abc import Collection, Generator
from typing import Any
from weakref import ref

Future = asyncio.Future[Any]


class Waiting:
    """For all of some futures. Awaited it says whether they came; False as soon as one cannot any more."""

    def __init__(self, futures: Collection[Future]) -> None:
        self._over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._awaited = {id(future): ref(future, self._gone) for future in futures}
        for future in futures:
            future.add_done_callback(self._came)

    def __await__(self) -> Generator[Any, None, bool]:
        return self._over.__await__()

    def _came(self, future: Future) -> None:
        self._awaited.pop(id(future), None)  # whether it is gone then, nobody is told
        if not self._awaited:
            self._tell(came=True)

    def _gone(self, _: object) -> None:
        """Wherever the last who held it let it go: that may be another thread."""
        loop = self._over.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: self._tell(came=False))

    def _tell(self, *, came: bool) -> None:
        if not self._over.done():
            self._over.set_result(came)
