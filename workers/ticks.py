"""Ticks of the clock, of which none stands in the queue that nobody takes.

A worker looks at the first hundred jobs of the queue. What is marked as in progress it passes over, and a
tick that is over is marked for a minute. If there are a hundred of these at the head, no worker does
anything at all.
"""

from datetime import datetime
from typing import Any, Final

from arq import cron
from arq.constants import keep_cronjob_progress
from arq.cron import CronJob

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
