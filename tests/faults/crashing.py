"""A worker that is killed at a numbered point of a refund's way: `tests.faults.crashing POINT REFUND`."""

import os
import signal
import sys
from collections.abc import Callable
from enum import IntEnum
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import structlog
from arq import run_worker

from ordergraph import wiring
from ordergraph.due import Due
from ordergraph.kernel.event import Event
from ordergraph.payments.gateways import sandbox_book
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.refunds import sending
from ordergraph.refunds.events import RefundSucceeded
from ordergraph.refunds.sending import Cashier

JOB: Final = "send_refunds"
log = structlog.get_logger(__name__)


class Point(IntEnum):
    """Where the worker dies, in the order of a refund's way."""

    BEFORE_THE_CLAIM = 1
    CLAIM_WRITTEN = 2
    CLAIM_COMMITTED = 3
    CALLED_WITHOUT_EFFECT = 4
    EFFECT_WITHOUT_ANSWER = 5
    ANSWERED = 6
    RECORD_WRITTEN = 7
    RECORD_COMMITTED = 8


def die() -> None:
    """As by `kill -9`: nothing is tidied up."""
    log.warning("dies.now")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def before(place: Any, name: str, is_it: Callable[..., bool] = lambda *_: True) -> None:
    """Die when this is called (with what is meant)."""
    usual = getattr(place, name)

    def instead(*given: Any, **more: Any) -> Any:
        if is_it(*given):
            die()
        return usual(*given, **more)

    setattr(place, name, instead)


def after(place: Any, name: str) -> None:
    """Die when this has returned something."""
    usual = getattr(place, name)

    async def instead(*given: Any, **more: Any) -> Any:
        answer = await usual(*given, **more)
        if answer:
            die()
        return answer

    setattr(place, name, instead)


def _is_success(event: Event) -> bool:
    return isinstance(event, RefundSucceeded)


AT: Final[dict[Point, Callable[[], None]]] = {
    Point.BEFORE_THE_CLAIM: lambda: before(sending, "claim_attempts"),
    Point.CLAIM_WRITTEN: lambda: after(sending, "claim_attempts"),
    Point.CLAIM_COMMITTED: lambda: before(Sandbox, "refund"),
    Point.CALLED_WITHOUT_EFFECT: lambda: before(sandbox_book, "_hold"),
    Point.EFFECT_WITHOUT_ANSWER: lambda: after(Sandbox, "refund"),
    Point.ANSWERED: lambda: after(Cashier, "_ask"),
    Point.RECORD_WRITTEN: lambda: after(sending, "record"),
    Point.RECORD_COMMITTED: lambda: before(wiring, "follow_ups", _is_success),
}


def only(refund_id: UUID) -> None:
    """See no other work than this refund's."""
    find = Due.find

    async def found(due: Due, *given: Any) -> list[UUID]:
        return [row_id for row_id in await find(due, *given) if row_id == refund_id]

    Due.find = found  # type: ignore[method-assign]


def main(point: Point, refund_id: UUID) -> None:
    only(refund_id)
    AT[point]()
    workers = import_module("workers.main")  # it reads the environment
    (job,) = (job for job in workers.JOBS if job.__name__ == JOB)
    run_worker(workers.WorkerSettings, cron_jobs=[workers.net(job)])


if __name__ == "__main__":
    main(Point(int(sys.argv[1])), UUID(sys.argv[2]))
