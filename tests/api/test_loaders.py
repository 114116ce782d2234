"""Whoever waits for an answer of a loader waits in its own right: what ends one of them ends nobody else."""

import asyncio
import gc
from typing import Any

import pytest

from ordergraph.api import execution
from ordergraph.api.batches import Loader
from tests.market import ADA, Market


class Slow:
    """Finds everything, in its own time."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.asked: list[list[str]] = []
        self.ended_early = 0

    async def __call__(self, keys: list[str]) -> list[str]:
        self.asked.append(keys)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.ended_early += 1
            raise
        return [key.upper() for key in keys]


async def _waiting(loader: Loader[str, str], *keys: str) -> list[asyncio.Task[str]]:
    async def wait(key: str) -> str:
        return await loader.load(key)

    tasks = [asyncio.create_task(wait(key)) for key in keys]
    await asyncio.sleep(0.01)
    return tasks


async def test_who_is_canceled_leaves_the_others_their_answer() -> None:
    slow = Slow()
    loader = Loader(slow)
    first, second, other = await _waiting(loader, "a", "a", "b")

    first.cancel()
    await asyncio.wait([first])
    slow.may_end.set()

    assert await asyncio.gather(second, other) == ["A", "B"]
    assert await loader.load("a") == "A"
    assert (first.cancelled(), slow.asked, slow.ended_early) == (True, [["a", "b"]], 0)


async def test_what_nobody_waits_for_ends_and_can_be_asked_for_again() -> None:
    slow = Slow()
    loader = Loader(slow)
    tasks = await _waiting(loader, "a", "a", "b")

    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await asyncio.sleep(0.01)
    assert slow.ended_early == 1

    slow.may_end.set()
    assert await loader.load("a") == "A"
    assert slow.asked == [["a", "b"], ["a"]]


async def test_an_error_is_told_to_each_and_missed_by_nobody() -> None:
    missed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: missed.append(context))

    async def fail(_: list[str]) -> list[str]:
        raise LookupError

    loader = Loader(fail)
    only_looked_at = loader.load("a")
    told = await asyncio.gather(*await _waiting(loader, "a", "a"), return_exceptions=True)
    del only_looked_at
    gc.collect()

    assert [type(each) for each in told] == [LookupError] * 2
    assert missed == []


async def test_what_nobody_ended_is_a_fault_and_no_end(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def canceled(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(execution, "executor_of", canceled)
    result = await market.execute(ADA, "{ now }")

    assert [error.extensions["code"] for error in result.errors] == ["INTERNAL"]


async def test_whom_somebody_ends_ends(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def canceled(*_: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        raise asyncio.CancelledError

    monkeypatch.setattr(execution, "executor_of", canceled)
    asking = asyncio.create_task(market.execute(ADA, "{ now }"))
    await asyncio.wait([asking])

    assert asking.cancelled()
