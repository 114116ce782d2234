"""How moments and places in a list are written."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from ordergraph.api.pages import Key
from ordergraph.api.scalars import show_moment

EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 12, 0, 0, 123_456, UTC),
        datetime(2026, 11, 23, 12, tzinfo=UTC),
        datetime(2026, 11, 23, 2, 30, 0, 999_999, EAST),
    ],
)
def test_a_moment_is_shown_in_utc_to_the_millisecond(moment: datetime) -> None:
    usual = moment.astimezone(UTC).isoformat(timespec="milliseconds")

    assert show_moment(moment) == usual.replace("+00:00", "Z")


@pytest.mark.parametrize("text", ["???", "~~~>>>", "a", "ab"])
def test_a_cursor_can_stand_in_an_address(text: str) -> None:
    cursor = Key(("text",), newest_first=False).cursor(SimpleNamespace(text=text))

    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert cursor.isascii()
