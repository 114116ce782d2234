"""Ticks: for all workers together, and none for a time that is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

from workers.ticks import REMEMBERED_S, tick

EVERY_FIVE = set(range(0, 60, 5))


async def look(_: Any) -> int:
    return 0


def test_the_next_one_follows_the_last_one() -> None:
    every = tick(look, second=EVERY_FIVE)
    ahead = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)

    every.calculate_next(ahead + timedelta(seconds=1))

    assert every.next_run is not None
    assert every.next_run.replace(microsecond=0) == ahead + timedelta(seconds=5)


def test_what_was_missed_is_not_made_up_for() -> None:
    every = tick(look, second=EVERY_FIVE)
    before = datetime.now(UTC)

    every.calculate_next(before - timedelta(hours=8))

    assert every.next_run is not None
    assert before < every.next_run <= datetime.now(UTC) + timedelta(seconds=6)


def test_it_is_one_for_all_workers_and_known_to_be_over_for_as_long_as_it_is_marked() -> None:
    every = tick(look, second=EVERY_FIVE, timeout=7)

    assert (every.unique, every.timeout_s, every.keep_result_s) == (True, 7, REMEMBERED_S)
    assert REMEMBERED_S > 60
