"""Work that goes on for as long as a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog

AGAIN_S: Final = 1.0

log = structlog.get_logger(__name__)
Work = Callable[[], Awaitable[None]]


@asynccontextmanager
async def meanwhile(work: Work) -> AsyncIterator[None]:
    """Do it beside the block; at its end it is canceled, and has ended.

    Nobody waits for it, so whatever it fails by would be told to nobody: it is logged, and begun again.
    """
    task = asyncio.create_task(_kept_up(work))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _kept_up(work: Work) -> None:
    while True:
        try:
            return await work()
        except Exception:
            log.exception("meanwhile.failed", work=work.__qualname__)
        await asyncio.sleep(AGAIN_S)
