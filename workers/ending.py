"""A worker that ends when it is told: arq's own waits for servers that may never come back."""

import asyncio
from contextlib import suppress
from signal import Signals
from typing import Any

from arq.worker import Worker, get_kwargs
from redis.exceptions import RedisError

from ordergraph.infra.ending import MORE_S, at_once, no_later_than


class Patient(Worker):
    """Lets its jobs finish for as long as `job_completion_wait`; told twice it ends at once."""

    is_told = False

    def handle_sig_wait_for_completion(self, signum: Signals) -> None:
        if self.is_told:
            at_once(signum)
        self.is_told = True
        no_later_than(self._job_completion_wait)
        super().handle_sig_wait_for_completion(signum)

    async def close(self) -> None:
        """Let go of everything; a Redis that does not answer is let go of, too."""
        with suppress(RedisError, OSError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(super().close(), MORE_S - 1)


def run(settings: Any) -> None:
    """Work until told to end; raise what ended it otherwise."""
    given: dict[str, Any] = dict(get_kwargs(settings))
    Patient(**given).run()
