"""Ending when told: what is being done is finished first, told twice we end at once, and never late.

A server that is away for good holds up nobody: whatever still hangs when the grace is over, and a
moment more, is left to its lease.
"""

import asyncio
import gc
import os
import threading
from types import FrameType
from typing import Final

import structlog
import uvicorn

TOLD: Final = asyncio.Event()
"""Set in a server that is about to end: what would go on for ever ends now."""
MORE_S: Final = 3.0
"""For letting go of connections, after the grace."""
SIGNALED: Final = 128
"""A shell's way to say that a signal ended something."""

log = structlog.get_logger(__name__)


def no_later_than(grace_s: float) -> None:
    """Whatever happens, this process is gone by then."""
    last = threading.Timer(grace_s + MORE_S, _give_up)
    last.daemon = True
    last.start()


def _give_up() -> None:
    log.error("ending.forced")
    os._exit(1)


def at_once(number: int) -> None:
    """Told twice: nothing is waited for."""
    log.warning("ending.at_once")
    os._exit(SIGNALED + number)


class Server(uvicorn.Server):
    """uvicorn's, which waits for streams until the grace is over, and minds only a second SIGINT."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            at_once(sig)
        super().handle_exit(sig, frame)
        no_later_than(self.config.timeout_graceful_shutdown or 0)

    async def startup(self, *args: object, **more: object) -> None:
        """What is there before the first request stays: nobody is kept waiting while it is looked through."""
        await super().startup(*args, **more)  # type: ignore[arg-type]  # handed on as they come
        gc.freeze()

    async def shutdown(self, *args: object, **more: object) -> None:
        TOLD.set()
        await super().shutdown(*args, **more)  # type: ignore[arg-type]  # handed on as they come
