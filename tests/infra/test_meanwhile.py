"""Work beside a block: it lasts as long, whatever befalls it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from ordergraph.infra import meanwhile as module
from ordergraph.infra.meanwhile import meanwhile


async def test_what_fails_is_logged_and_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    begun, going_on = 0, asyncio.Event()

    async def fragile() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ZeroDivisionError
        going_on.set()
        await asyncio.Event().wait()

    with capture_logs() as logs:
        async with meanwhile(fragile):
            await asyncio.wait_for(going_on.wait(), 5)

    assert [entry["event"] for entry in logs] == ["meanwhile.failed"] * 2


async def test_at_the_end_of_the_block_it_has_ended() -> None:
    ended = False

    async def last() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended = True

    async with meanwhile(last):
        await asyncio.sleep(0)

    assert ended
