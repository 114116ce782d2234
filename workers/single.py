"""One run of a job at a time in each process: fifty rings are answered by one round, and one more."""

from collections.abc import Awaitable, Callable
from functools import wraps

from workers.context import Ctx

Job = Callable[[Ctx], Awaitable[int]]


def single(job: Job) -> Job:
    """Let the job run once at a time; a ring meanwhile makes it look once more when it is done."""
    busy = again = False

    @wraps(job)
    async def run(ctx: Ctx) -> int:
        nonlocal busy, again
        if busy:
            again = True
            return 0
        busy, again = True, False
        try:
            done = await job(ctx)
            while again:
                again = False
                done += await job(ctx)
        finally:
            busy = False
        return done

    return run
