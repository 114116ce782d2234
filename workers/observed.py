"""What every job does besides its work: it says what it did, and on whose behalf it was rung for."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

import structlog

from ordergraph.infra import tracing
from ordergraph.infra.correlation import fitting, on_behalf_of
from ordergraph.infra.counters import JOBS
from workers.context import Ctx
from workers.single import Job

log = structlog.get_logger(__name__)


def _span(name: str, traceparent: str) -> AbstractContextManager[object]:
    """A job that was rung for is part of what rang; ticks are nobody's, and every few seconds."""
    if not traceparent:
        return nullcontext()
    return tracing.span(f"job {name}", "consumer", parent=traceparent)


def observed(job: Job) -> Callable[..., Any]:
    """Log the job under the id of the request that rang, or one of its own.

    A ring may bring more than we know, from a newer process: it is left alone.
    """
    name = job.__name__

    @wraps(job)
    async def run(ctx: Ctx, request_id: str = "", traceparent: str = "", **_newer: object) -> int:
        began = time.perf_counter()
        with on_behalf_of(fitting(request_id), job=name), _span(name, traceparent):
            try:
                done = await job(ctx)
            except Exception:
                JOBS.labels(name, "failed").inc()
                log.exception("job.failed")
                raise
            JOBS.labels(name, "done").inc()
            say = log.info if done or request_id else log.debug
            say("job.done", done=done, ms=round((time.perf_counter() - began) * 1000, 1))
        return done

    return run
