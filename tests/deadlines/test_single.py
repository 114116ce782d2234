"""Many rings for one job are one round of it, and one more."""

import asyncio

import pytest

import workers.single
from workers.context import Ctx
from workers.single import single


async def test_rings_that_come_while_it_runs_are_answered_by_one_more_round() -> None:
    rounds, gate = list[int](), asyncio.Event()

    async def look(_: Ctx) -> int:
        rounds.append(1)
        await gate.wait()
        return 1

    job = single(look)
    first = asyncio.create_task(job({}))
    await asyncio.sleep(0)
    skipped = await asyncio.gather(*(job({}) for _ in range(50)))
    gate.set()

    assert await first == 2
    assert skipped == [0] * 50
    assert len(rounds) == 2


async def test_rings_that_never_end_do_not_make_it_endless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """arq would cut it off in the middle of its work."""
    monkeypatch.setattr(workers.single, "MOST_S", 0.05)

    async def look(ctx: Ctx) -> int:
        await job(ctx)  # somebody rings while it runs
        await asyncio.sleep(0.02)
        return 1

    job = single(look)

    assert 1 < await job({}) < 10


async def test_a_round_that_fails_does_not_block_the_next() -> None:
    async def look(_: Ctx) -> int:
        if not failed:
            failed.append(1)
            raise OSError
        return 7

    failed = list[int]()
    job = single(look)
    with pytest.raises(OSError):  # noqa: PT011 - any will do
        await job({})

    assert await job({}) == 7


def test_arq_knows_it_by_the_name_of_the_job() -> None:
    async def look(_: Ctx) -> int:
        return 0

    assert single(look).__qualname__ == look.__qualname__
