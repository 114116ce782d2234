"""Every answer to a request in every state by every role: what the table does not list changes nothing."""

import pytest

from ordergraph.cancellations.process import (
    CANCELLATION,
    CancellationAction,
    CancellationStatus,
    why_not_answer,
)
from ordergraph.kernel.actor import Actor, Role
from tests.cancellations.late import ANSWERS, answer, button, request_in, sent, shown
from tests.market import ADA, BEN, LAMPS, PAPER, Market
from tests.parties import PARTIES, after, may, tells
from tests.states import cancel
from tests.watching import snapshot

CASES = [
    pytest.param(status, kind, id=f"{status}-{kind}")
    for status in CancellationStatus
    for kind in ANSWERS
]


@pytest.mark.parametrize(("status", "kind"), CASES)
async def test_what_no_row_of_the_table_allows_is_refused_and_changes_nothing(
    market: Market, status: CancellationStatus, kind: str
) -> None:
    request = await request_in(market, status)
    order = await request.order
    before = await snapshot()

    for role, actor in PARTIES.items():
        if role in may(CANCELLATION, CancellationAction[kind], status):
            continue
        answered = await answer(market, kind, request, actor)
        expected = why_not_answer(CancellationAction[kind], request, order, role, market.clock.at)
        assert tells(answered, expected), answered

    assert await snapshot() == before


@pytest.mark.parametrize(("status", "kind"), CASES)
async def test_a_stranger_finds_nothing_whatever_the_state(
    market: Market, status: CancellationStatus, kind: str
) -> None:
    """A2."""
    request = await request_in(market, status)
    before = await snapshot()

    answers = [await answer(market, kind, request, stranger) for stranger in (BEN, PAPER)]

    assert [(a["__typename"], a["what"]) for a in answers] == [
        ("NotFoundError", "cancellation")
    ] * 2
    assert await snapshot() == before


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        pytest.param(kind, role, id=f"{kind}-{role}")
        for kind in ANSWERS
        for role in PARTIES
        if role in may(CANCELLATION, CancellationAction[kind], CancellationStatus.REQUESTED)
    ],
)
async def test_what_the_table_lists_is_done_and_told(market: Market, kind: str, role: Role) -> None:
    request = await request_in(market, CancellationStatus.REQUESTED)
    before = await snapshot()

    done = await answer(market, kind, request, PARTIES[role])

    to = after(CANCELLATION, CancellationAction[kind], CancellationStatus.REQUESTED)
    assert done["cancellation"]["status"] == to
    assert done["cancellation"]["decidedBy"] == role
    new = {place for place, _ in await snapshot() - before}
    assert {"events", "outbox"} <= new


@pytest.mark.parametrize("status", list(CancellationStatus))
@pytest.mark.parametrize("role", list(PARTIES))
async def test_a_button_shows_the_very_answer_of_its_mutation(
    market: Market, status: CancellationStatus, role: Role
) -> None:
    request = await request_in(market, status)
    card = (await shown(market, await request.order, PARTIES[role]))["cancellation"]

    offered = {b["kind"]: b for b in card["actions"]}

    assert set(offered) == {
        kind
        for kind in ANSWERS
        if role in may(CANCELLATION, CancellationAction[kind], CANCELLATION.start)
    }
    for kind, seen in offered.items():
        if not seen["available"]:
            assert seen["blockedBy"] == await answer(market, kind, request, PARTIES[role])
        else:
            assert seen["until"] == "2026-11-26T13:00:00.000Z"


@pytest.mark.parametrize("kind", list(ANSWERS))
async def test_nobody_may_answer(market: Market, kind: str) -> None:
    request = await request_in(market, CancellationStatus.REQUESTED)
    before = await snapshot()

    result = await market.execute(None, **sent(kind, request))

    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]
    assert await snapshot() == before


@pytest.mark.parametrize("kind", list(ANSWERS))
@pytest.mark.parametrize("party", [ADA, LAMPS])
async def test_staff_cannot_answer_in_a_case_of_their_own(
    market: Market, kind: str, party: Actor
) -> None:
    request = await request_in(market, CancellationStatus.REQUESTED)
    staff = Actor(frozenset({Role.OPERATOR}), party.user_id)
    before = await snapshot()

    answered = await answer(market, kind, request, staff)

    assert answered["__typename"] == "NotFoundError"
    assert await snapshot() == before


async def test_a_cancellation_that_never_was_a_request_has_nothing_to_answer(
    market: Market,
) -> None:
    order = await market.place()
    done = await cancel(market, order)

    card = (await shown(market, order))["cancellation"]

    assert button(card, "WITHDRAW")["blockedBy"] == await answer(
        market, "WITHDRAW", done.cancellation
    )
    assert card["deadlines"] == []
