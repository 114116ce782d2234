"""Pages in both directions over one list: the first ones after a place, the last ones before it."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph.api.faults import BadUserInput
from ordergraph.api.pages import Connection, Key, Slice, page
from ordergraph.orders.models import Order
from tests.market import Market

NEWEST = Key(("placed_at", "id"), newest_first=True)
OLDEST = Key(("placed_at", "id"), newest_first=False)
both_ways = pytest.mark.parametrize("key", [NEWEST, OLDEST], ids=["newest first", "oldest first"])


@pytest.fixture
async def placed(market: Market) -> list[str]:
    """Nine orders, three at each moment."""
    numbers = []
    for number in range(9):
        numbers.append((await market.place()).number)
        if number % 3 == 2:
            market.clock.advance(timedelta(minutes=1))
    return numbers


async def _page(key: Key, **wanted: Any) -> Connection[str]:
    return await page(Order.all(), key, Slice(**wanted), lambda row: row.number)


def _listed(placed: list[str], key: Key) -> list[str]:
    return placed[::-1] if key.newest_first else placed


@both_ways
async def test_walking_forward_and_backward_meets_the_same_items(
    placed: list[str], key: Key
) -> None:
    forward: list[str] = []
    after = None
    while len(forward) < 9:
        found = await _page(key, first=2, after=after)
        forward += await found.nodes()
        after = found.place.end_cursor
    backward: list[str] = []
    before = None
    while len(backward) < 9:
        found = await _page(key, last=2, before=before)
        backward = await found.nodes() + backward
        before = found.place.start_cursor

    assert forward == backward == _listed(placed, key)


@both_ways
async def test_a_page_backward_knows_where_it_lies(placed: list[str], key: Key) -> None:
    end = await _page(key, last=4)
    start = await _page(key, last=9, before=end.place.start_cursor)

    assert await end.nodes() == _listed(placed, key)[-4:]
    assert (end.place.has_previous_page, end.place.has_next_page) == (True, False)
    assert await start.nodes() == _listed(placed, key)[:5]
    assert (start.place.has_previous_page, start.place.has_next_page) == (False, True)


async def test_between_two_places_lies_what_lies_between_them(placed: list[str]) -> None:
    all_ = await _page(OLDEST, first=9)
    cursors = [edge.cursor for edge in await all_.edges()]

    between = await _page(OLDEST, first=9, after=cursors[1], before=cursors[6])

    assert await between.nodes() == placed[2:6]


async def test_a_cursor_shows_the_place_and_no_more(placed: list[str]) -> None:
    """R5: it is a place in the list, and no key to anybody's order."""
    found = await _page(OLDEST, first=1)
    place = OLDEST.place((await found.edges())[0].cursor)

    assert placed
    assert len(place) == 2
    assert place[0].utcoffset() == timedelta()


@pytest.mark.parametrize(
    "wanted", [{"first": 1, "last": 1}, {}, {"last": 101}, {"last": -1}, {"first": 101}]
)
async def test_a_page_that_cannot_be_is_refused(market: Market, wanted: dict[str, int]) -> None:
    await market.place()

    with pytest.raises(BadUserInput):
        await _page(NEWEST, **wanted)
