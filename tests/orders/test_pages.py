"""Lists and timelines, page by page: no gap, no repeat, whatever comes in between."""

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest

from ordergraph.infra.chaining import BEGINNING, fingerprint
from ordergraph.infra.outbox import EventRow
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from tests.market import ADA, BEN, LAMPS, PAPER, Market, gid
from tests.states import cancel, order_in

PURCHASES = """
query Q($first: Int! = 3, $after: String, $status: [OrderStatus!]) { viewer {
  purchases(first: $first, after: $after, status: $status) {
    edges { cursor node { id } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
SALES = """query Q($status: [OrderStatus!]) { viewer {
  sales(status: $status) { nodes { id buyer { displayName } } } } }"""
TIMELINE = """
query Q($id: ID!, $first: Int! = 2, $after: String) { order(id: $id) {
  timeline(first: $first, after: $after) {
    edges { cursor node { type actor occurredAt hash summary } }
    pageInfo { hasNextPage endCursor } } } }"""


async def _page(market: Market, **variables: Any) -> Any:
    return (await market.ask(ADA, PURCHASES, **variables))["viewer"]["purchases"]


async def _walk(market: Market, **variables: Any) -> list[list[str]]:
    pages, after = [], None
    while True:
        page = await _page(market, after=after, **variables)
        pages.append([edge["node"]["id"] for edge in page["edges"]])
        if not page["pageInfo"]["hasNextPage"]:
            return pages
        after = page["pageInfo"]["endCursor"]


async def _orders(market: Market, count: int) -> list[str]:
    """Several at each moment: the time alone orders nothing."""
    placed = []
    for number in range(count):
        placed.append(gid("Order", (await market.place()).id))
        if number % 4 == 3:
            market.clock.advance(timedelta(minutes=1))
    return placed


async def test_all_pages_together_are_the_list_newest_first(market: Market) -> None:
    placed = await _orders(market, 11)

    pages = await _walk(market)

    assert [len(page) for page in pages] == [3, 3, 3, 2]
    assert [id_ for page in pages for id_ in page] == list(reversed(placed))


async def test_orders_that_come_in_between_move_nothing(market: Market) -> None:
    placed = await _orders(market, 6)
    first = await _page(market)
    await market.place()

    second = await _page(market, after=first["pageInfo"]["endCursor"])

    assert [node["id"] for node in second["nodes"]] == list(reversed(placed[:3]))


async def test_a_page_knows_where_it_lies(market: Market) -> None:
    await _orders(market, 4)
    first = await _page(market)
    last = await _page(market, after=first["pageInfo"]["endCursor"])

    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[-1],
    }
    assert last["pageInfo"]["hasNextPage"] is False
    assert last["pageInfo"]["hasPreviousPage"] is True


async def test_an_empty_page_has_no_cursors(market: Market) -> None:
    await market.place()

    none_wanted = await _page(market, first=0)
    nothing_there = await _page(market, status=["COMPLETED"])

    assert none_wanted["edges"] == nothing_there["edges"] == []
    assert none_wanted["pageInfo"]["hasNextPage"] is True
    assert nothing_there["pageInfo"]["hasNextPage"] is False
    assert nothing_there["pageInfo"]["endCursor"] is None


async def test_a_list_can_be_asked_for_states_and_pages_on_within_them(market: Market) -> None:
    waiting = [await market.place() for _ in range(4)]
    for order in waiting[:2]:
        await cancel(market, order)

    canceled = await _walk(market, first=1, status=["CANCELED"])
    either = await _walk(market, status=["CANCELED", "PROCESSING"])
    none = await _walk(market, status=[])

    assert canceled == [[gid("Order", waiting[1].id)], [gid("Order", waiting[0].id)]]
    assert sum(map(len, either)) == 4
    assert none == [[]]


async def test_a_seller_lists_what_was_sold_to_all_its_buyers(market: Market) -> None:
    await market.place()
    await market.place(buyer=BEN)
    await market.place(seller=PAPER)

    sold = await market.ask(LAMPS, SALES)
    shipped = await market.ask(LAMPS, SALES, status=["SHIPPED"])

    assert [n["buyer"]["displayName"] for n in sold["viewer"]["sales"]["nodes"]] == ["Ben", "Ada"]
    assert shipped["viewer"]["sales"]["nodes"] == []


def _cursor(*place: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


SOME_ID = "01900000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "no cursor",
        "é",
        "\ud800",
        "AAAA",
        _cursor(),
        _cursor(1),
        _cursor(1, 2),
        _cursor("yesterday", SOME_ID),
        _cursor("2026-11-23T12:00:00", SOME_ID),  # without a zone
        _cursor("0001-01-01T00:00:00+23:59", SOME_ID),  # before the first of all years
        _cursor("2026-11-23T12:00:00Z", "x"),
        _cursor("2026-11-23T12:00:00Z", 5),
        _cursor("2026-11-23T12:00:00Z", SOME_ID, 1),
        _cursor(None, None),
        _cursor({}, []),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
    ],
)
async def test_a_cursor_that_is_none_of_ours_is_refused(market: Market, cursor: str) -> None:
    await market.place()

    result = await market.execute(ADA, PURCHASES, after=cursor)

    (error,) = result.errors
    assert error.extensions["code"] == "BAD_USER_INPUT"
    assert error.path == ["viewer", "purchases"]


@pytest.mark.parametrize("place", [3_000_000_000, 2**63, -(2**40), "1", True, 1.5, None])
async def test_a_timeline_refuses_a_place_that_cannot_be(market: Market, place: object) -> None:
    order = await market.place()

    result = await market.execute(ADA, TIMELINE, id=gid("Order", order.id), after=_cursor(place))

    assert [error.extensions["code"] for error in result.errors] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("first", [101, -1])
async def test_a_page_has_at_most_a_hundred_items(market: Market, first: int) -> None:
    result = await market.execute(ADA, PURCHASES, first=first)

    (error,) = result.errors
    assert error.extensions["code"] == "BAD_USER_INPUT"
    assert error.message == "A page has between 0 and 100 items."


async def test_a_page_of_billions_is_refused_before_anything_runs(market: Market) -> None:
    result = await market.execute(ADA, PURCHASES, first=2**31 - 1)

    assert {error.extensions["code"] for error in result.errors} == {"LIMIT_EXCEEDED"}
    assert {error.extensions["limit"] for error in result.errors} == {"nodes", "fields"}


async def test_a_timeline_pages_forward_in_the_order_of_events(market: Market) -> None:
    order = await order_in(market, OrderStatus.COMPLETED)
    edges, after = [], None
    while True:
        answer = await market.ask(LAMPS, TIMELINE, id=gid("Order", order.id), after=after)
        page = answer["order"]["timeline"]
        edges += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert [(e["node"]["type"], e["node"]["actor"]) for e in edges] == [
        ("order.placed", "BUYER"),
        ("order.paid", "GATEWAY"),
        ("order.shipped", "SELLER"),
        ("order.delivered", "BUYER"),
        ("order.completed", "SYSTEM"),
    ]
    assert edges[0]["node"]["summary"] == "The order was placed."


async def test_a_timeline_proves_itself(market: Market) -> None:
    """Each line carries the hash of the one before; read back from disk they still match."""
    order: Order = await order_in(market, OrderStatus.COMPLETED)
    before = BEGINNING

    for position, row in enumerate(
        await EventRow.filter(order_id=order.id).order_by("position"), start=1
    ):
        assert row.position == position
        assert row.hash == fingerprint(row, before)
        before = row.hash

    row.data = {**row.data, "order_id": SOME_ID}
    assert fingerprint(row, before) != row.hash
