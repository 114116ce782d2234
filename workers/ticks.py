"""Ticks of the clock, and a queue in which nothing stands that nobody takes.

A worker looks at the first hundred jobs of the queue. What is marked as in progress it passes over: a job
of a worker that was killed for ten minutes, a tick that is over for one. If there are a hundred of
these at the head, no worker does anything at all.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from arq import cron
from arq.constants import default_queue_name, keep_cronjob_progress
from arq.cron import CronJob
from redis.exceptions import RedisError

from workers.context import Ctx

REMEMBERED_S: Final = keep_cronjob_progress + 1
"""How long it is known that a tick is over: for longer than arq marks it as in progress."""


class Tick(CronJob):
    """A job of the clock that makes up for nothing: what it missed, the next one finds.

    arq makes up for each. A worker that was frozen for a minute would put hundreds into the queue that
    another has done.
    """

    def calculate_next(self, prev_run: datetime) -> None:
        super().calculate_next(max(prev_run, datetime.now(prev_run.tzinfo)))


def tick(job: Any, **when: Any) -> Tick:
    """One such job for all workers together; words of `arq.cron` say when.

    A worker that comes late with a tick that another has done is told so by what is kept of it.
    """
    return Tick(**vars(cron(job, unique=True, keep_result=REMEMBERED_S, **when)))


async def take_off(ctx: Ctx) -> None:
    """Called when a job begins: from now on it is nobody else's, and stands in nobody's way.

    So a job is not done again when its worker is killed. The next tick does it.
    """
    with suppress(RedisError, OSError):
        await ctx["redis"].zrem(default_queue_name, ctx["job_id"])
