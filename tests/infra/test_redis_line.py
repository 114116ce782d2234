"""Whoever is canceled while it speaks with Redis ends then, at whatever point of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import pytest

from ordergraph.infra.queue import connect
from ordergraph.infra.redis_line import CLASSES, lines
from ordergraph.transports.rates import Quotas, Rates
from tests.conftest import Servers

Speak = Callable[[], Awaitable[object]]
STEPS = 60
"""Of the loop; the longest of what is spoken here takes fewer."""


@asynccontextmanager
async def pinging(url: str) -> AsyncIterator[Speak]:
    redis = connect(url)
    yield redis.ping
    await redis.aclose(close_connection_pool=True)


@asynccontextmanager
async def charging(url: str) -> AsyncIterator[Speak]:
    rates = Rates(Quotas(bad_tokens=1_000_000), url)
    yield partial(rates.charge_bad_token, "192.0.2.1")
    await rates.aclose()


@pytest.mark.parametrize("speaking", [pinging, charging])
async def test_a_cancellation_is_never_swallowed(
    speaking: Callable[[str], AbstractAsyncContextManager[Speak]], servers: Servers
) -> None:
    async with speaking(servers.redis_url) as speak:

        async def speaks_twice() -> None:
            await speak()
            await speak()

        ended = [await _canceled_after(steps, speaks_twice) for steps in range(STEPS)]

    assert ended.count("canceled") > 3
    assert "went on" not in ended


async def _canceled_after(steps: int, work: Speak) -> str:
    task: asyncio.Future[object] = asyncio.ensure_future(work())
    for _ in range(steps):
        await asyncio.sleep(0)
    if not task.cancel():
        return "had ended"
    await asyncio.wait([task])
    return "canceled" if task.cancelled() else "went on"


@pytest.mark.parametrize("scheme", ["redis://host", "rediss://host", "unix:///socket"])
def test_every_kind_of_line_is_mended(scheme: str) -> None:
    pool = lines(scheme, free_s=1, connect_s=1, answer_s=1)

    assert pool.connection_class in CLASSES.values()
    assert pool.make_connection().socket_timeout == 1
