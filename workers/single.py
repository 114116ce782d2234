"""One run of a job at a time in each process: fifty rings are answered by one round, and one more."""

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from workers.context import Ctx

Job = Callable[[Ctx], Awaitable[int]]
MOST_S: Final = 10.0
"""Shorter than SIGTERM waits (`job_completion_wait`), so that a stopping worker drains."""


def single(job: Job) -> Job:
    """Let the job run once at a time; a ring meanwhile makes it look once more when it is done.

    Rings that never end do not make it endless: arq would cut it off in the middle of its work. What
    is left over is the next tick's.
    """
    busy = again = False

    @wraps(job)
    async def run(ctx: Ctx) -> int:
        nonlocal busy, again
        if busy:
            again = True
            return 0
        busy, again = True, False
        try:
            end = time.monotonic() + MOST_S
            done = await job(ctx)
            while again and time.monotonic() < end:
                again = False
                done += await job(ctx)
        finally:
            busy = False
        return done

    return run
