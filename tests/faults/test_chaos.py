"""People shop while everything breaks, as a seed says; then it heals, and the books are right. M, J."""

import os
from secrets import randbelow
from typing import Final

import pytest

from tests.faults.chaos import Chaos
from tests.faults.deployment import Deployment

MINUTES: Final = float(os.environ.get("CHAOS_MINUTES", "0"))
SEED: Final = int(os.environ.get("CHAOS_SEED") or randbelow(10**6))
SHORT_S, SHORT_SEED = 12.0, 3
LATE_S, LATE_WHERE_OTHERS_WORK_S = 10.0, 25.0


async def _run(deployment: Deployment, seed: int, for_s: float, late_s: float) -> int:
    chaos = Chaos(deployment, seed)
    try:
        orders = await chaos.run(for_s, late_s)
    finally:
        print(f"CHAOS_SEED={seed}, and what was done when:", *chaos.schedule, sep="\n")  # noqa: T201
    print(f"{orders} orders")  # noqa: T201
    return orders


async def test_a_short_chaos_leaves_the_books_right(deployment: Deployment) -> None:
    assert await _run(deployment, SHORT_SEED, SHORT_S, LATE_WHERE_OTHERS_WORK_S)


@pytest.mark.skipif(not MINUTES, reason="`make chaos` runs it")
@pytest.mark.timeout(0)
async def test_a_long_chaos_leaves_the_books_right(deployment: Deployment) -> None:
    assert await _run(deployment, SEED, MINUTES * 60, LATE_S)
