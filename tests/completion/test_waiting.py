"""Compiled code waits as long as what it waits for can come."""

import asyncio
from typing import Any

from ordergraph.api.completion.waiting import Waiting

Future = asyncio.Future[Any]


async def a_while() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def begun(futures: list[Future]) -> "asyncio.Task[bool]":
    waiting = Waiting(futures)

    async def wait() -> bool:
        return await waiting

    return asyncio.create_task(wait())


async def test_it_is_over_when_the_last_came_whatever_it_is() -> None:
    futures = [asyncio.get_running_loop().create_future() for _ in range(3)]
    task = begun(futures)

    futures[0].set_result("here")
    futures[1].set_exception(ValueError("no"))
    futures[1].exception()
    await a_while()
    assert not task.done()
    futures[2].cancel()

    assert await task


async def test_what_nobody_can_bring_any_more_is_not_waited_for() -> None:
    futures = [asyncio.get_running_loop().create_future() for _ in range(3)]
    task = begun(futures)
    await a_while()
    assert not task.done()

    del futures[1]

    assert not await task


async def test_what_has_come_may_be_gone() -> None:
    futures = [asyncio.get_running_loop().create_future() for _ in range(2)]
    task = begun(futures)
    futures.pop().set_result("here")
    await a_while()
    assert not task.done()

    futures.pop().set_result("here, too")

    assert await task
