"""Every command in every state by every role: what the table does not list changes nothing at all."""

from datetime import timedelta

import pytest

from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.process import ORDER, OrderAction, OrderStatus, why_not
from tests.market import ADA, BEN, LAMPS, PAPER, Market
from tests.orders.commands import CANCEL_LINES, COMMANDS, do, request
from tests.parties import PARTIES, after, may, tells
from tests.states import order_in
from tests.watching import snapshot

STRANGERS = (BEN, PAPER)
CASES = [
    pytest.param(status, kind, id=f"{status}-{kind}")
    for status in OrderStatus
    for kind in (*COMMANDS, CANCEL_LINES)
]


@pytest.mark.parametrize(("status", "kind"), CASES)
async def test_what_no_row_of_the_table_allows_is_refused_and_changes_nothing(
    market: Market, status: OrderStatus, kind: str
) -> None:
    order = await order_in(market, status)
    cancels = kind == CANCEL_LINES  # judged as a cancel first, then as one of a part
    before = await snapshot()

    for role, actor in PARTIES.items():
        if role in may(ORDER, OrderAction[kind], status):
            continue
        answer = await do(market, actor, kind, order)
        expected = why_not(OrderAction.CANCEL, order, role, market.clock.at) if cancels else None
        expected = expected or why_not(OrderAction[kind], order, role, market.clock.at)
        assert tells(answer, expected), answer

    assert await snapshot() == before


@pytest.mark.parametrize(("status", "kind"), CASES)
async def test_a_stranger_finds_nothing_whatever_the_state(
    market: Market, status: OrderStatus, kind: str
) -> None:
    """A2: as if there were no such order."""
    order = await order_in(market, status)
    before = await snapshot()

    answers = [await do(market, stranger, kind, order) for stranger in STRANGERS]

    assert [answer["__typename"] for answer in answers] == ["NotFoundError", "NotFoundError"]
    assert [answer["what"] for answer in answers] == ["order", "order"]
    assert await snapshot() == before


@pytest.mark.parametrize(
    ("status", "kind", "role"),
    [
        pytest.param(status, kind, role, id=f"{status}-{kind}-{role}")
        for status in OrderStatus
        for kind in (*COMMANDS, CANCEL_LINES)
        for role in PARTIES
        if role in may(ORDER, OrderAction[kind], status)
    ],
)
async def test_what_the_table_lists_is_done_and_told(
    market: Market, status: OrderStatus, kind: str, role: Role
) -> None:
    order = await order_in(market, status)
    before = await snapshot()

    answer = await do(market, PARTIES[role], kind, order)

    assert answer["__typename"].endswith("Success")
    assert answer["order"]["status"] == after(ORDER, OrderAction[kind], status)
    new = {place for place, _ in await snapshot() - before}
    assert {"events", "outbox"} <= new


@pytest.mark.parametrize("kind", [*COMMANDS, CANCEL_LINES])
async def test_nobody_may_do_anything(market: Market, kind: str) -> None:
    order = await market.place()
    before = await snapshot()

    result = await market.execute(None, **await request(kind, order))

    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]
    assert await snapshot() == before


@pytest.mark.parametrize("kind", ["CANCEL", CANCEL_LINES])
async def test_after_the_window_the_buyer_alone_is_refused(market: Market, kind: str) -> None:
    order = await market.place()
    market.clock.advance(timedelta(hours=24))
    before = await snapshot()

    answer = await do(market, ADA, kind, order)

    assert answer["__typename"] == "CancelWindowClosedError"
    assert answer["closedAt"] == "2026-11-24T12:00:00.000Z"
    assert answer["message"] == "The time to cancel ended on 2026-11-24 at 12:00 UTC."
    assert await snapshot() == before
    assert (await do(market, LAMPS, kind, order))["__typename"] == "OrderCancelSuccess"


@pytest.mark.parametrize("kind", list(COMMANDS))
@pytest.mark.parametrize("name", ["ada", "nordic-lamps"])
async def test_staff_cannot_act_on_an_order_of_their_own(
    market: Market, name: str, kind: str
) -> None:
    """An operator who is a party needs the party's own role: nobody judges their own case."""
    order = await market.place()
    staff = Actor(frozenset({Role.OPERATOR}), {"ada": ADA, "nordic-lamps": LAMPS}[name].user_id)
    before = await snapshot()

    answer = await do(market, staff, kind, order)

    assert answer["__typename"] == "NotFoundError"
    assert await snapshot() == before
