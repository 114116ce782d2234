"""Durations as people and ISO 8601 write them."""

from datetime import timedelta

import pytest

from ordergraph.kernel.duration import read_duration, show_duration
from ordergraph.kernel.refusal import InvalidInput


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("90m", timedelta(minutes=90)),
        (" 24h ", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("PT24H", timedelta(hours=24)),
        ("P7D", timedelta(days=7)),
        ("P1DT12H30M5S", timedelta(days=1, hours=12, minutes=30, seconds=5)),
        ("PT0S", timedelta()),
        ("P999999999D", timedelta(days=999_999_999)),
    ],
)
def test_both_ways_of_writing_are_read(text: str, duration: timedelta) -> None:
    assert read_duration(text, field="by") == duration


@pytest.mark.parametrize(
    "text",
    ["", "7", "d", "-7d", "1.5h", "7 d", "7w", "P", "PT", "P1DT", "PT1D", "1d2h", "9999999999s"],
)
def test_anything_else_is_refused_by_the_fields_name(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_duration(text, field="by")

    assert refusal.value.field == "by"


def test_longer_than_time_can_be_counted_is_refused_too() -> None:
    with pytest.raises(InvalidInput, match="longer than"):
        read_duration("P999999999DT999999999H", field="by")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (45, "45s"), (90, "90s"), (120, "2m"), (5_400, "90m"), (86_400, "24h"),
     (129_600, "36h"), (172_800, "2d"), (604_800, "7d")],
)  # fmt: skip
def test_seconds_are_written_in_the_longest_unit_that_fits(seconds: int, text: str) -> None:
    assert show_duration(seconds) == text
    assert read_duration(text, field="by") == timedelta(seconds=seconds)
