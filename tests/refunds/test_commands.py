"""Every command in every state by every role: what the table does not list changes nothing at all."""

from uuid import uuid4

import pytest

from ordergraph.kernel.actor import Role
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import (
    REFUND,
    WITH_THE_GATEWAY,
    RefundAction,
    RefundStatus,
    why_not,
)
from tests.market import BEN, PAPER, Market, gid
from tests.orders.commands import NO
from tests.parties import PARTIES, after, may, tells
from tests.refunds.commands import COMMANDS, do, request
from tests.states import refund_in
from tests.watching import snapshot

BUTTONS = (
    """query Buttons($id: ID!) { node(id: $id) { ... on Refund {
  actions { kind available until blockedBy { ...No } } } } }"""
    + NO
)
CASES = [
    pytest.param(status, action, id=f"{status}-{action}")
    for status in RefundStatus
    for action in COMMANDS
]
each_state = pytest.mark.parametrize("status", list(RefundStatus))


def may_at_first(action: RefundAction, status: RefundStatus) -> set[Role]:
    """What the gateway has is its affair, until it has not answered for long: test_unanswered.py."""
    return set() if status in WITH_THE_GATEWAY else may(REFUND, action, status)


def test_every_move_of_a_person_is_a_command() -> None:
    people = {move.action for move in REFUND.moves if move.by & set(PARTIES)}

    assert set(COMMANDS) == people


@pytest.mark.parametrize(("status", "action"), CASES)
async def test_what_no_row_of_the_table_allows_is_refused_and_changes_nothing(
    market: Market, status: RefundStatus, action: RefundAction
) -> None:
    refund = await refund_in(market, status)
    before = await snapshot()

    for role, actor in PARTIES.items():
        if role in may_at_first(action, status):
            continue
        answer = await do(market, actor, action, refund)
        expected = why_not(action, refund, role, market.clock.at)
        assert tells(answer, expected), answer

    assert await snapshot() == before


@pytest.mark.parametrize(
    ("status", "action", "role"),
    [
        pytest.param(status, action, role, id=f"{status}-{action}-{role}")
        for status in RefundStatus
        for action in COMMANDS
        for role in PARTIES
        if role in may_at_first(action, status)
    ],
)
async def test_what_the_table_lists_is_done_and_told(
    market: Market, status: RefundStatus, action: RefundAction, role: Role
) -> None:
    refund = await refund_in(market, status)
    before = await snapshot()

    answer = await do(market, PARTIES[role], action, refund)

    assert answer["__typename"].endswith("Success")
    assert answer["refund"]["status"] == after(REFUND, action, status)
    new = {place for place, _ in await snapshot() - before}
    assert {"events", "outbox", "refunds"} <= new


@pytest.mark.parametrize("action", COMMANDS)
async def test_a_stranger_finds_no_refund(market: Market, action: RefundAction) -> None:
    """A2: as if there were no such refund."""
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    before = await snapshot()

    answers = [await do(market, stranger, action, refund) for stranger in (BEN, PAPER)]
    nothing = await do(market, BEN, action, Refund(id=uuid4()))

    assert answers == [nothing, nothing]
    assert nothing["__typename"] == "NotFoundError"
    assert await snapshot() == before


@pytest.mark.parametrize("action", COMMANDS)
async def test_nobody_may_do_anything(market: Market, action: RefundAction) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    before = await snapshot()

    result = await market.execute(None, **request(action, refund))

    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]
    assert await snapshot() == before


@each_state
@pytest.mark.parametrize("role", PARTIES)
async def test_the_buttons_are_those_of_the_table_and_say_what_would_be_answered(
    market: Market, status: RefundStatus, role: Role
) -> None:
    refund = await refund_in(market, status)

    shown = await market.ask(PARTIES[role], BUTTONS, id=gid("Refund", refund.id))

    buttons = {RefundAction[b["kind"]]: b for b in shown["node"]["actions"]}
    assert list(buttons) == REFUND.open_to(role)
    for action, button in buttons.items():
        assert button["available"] is (role in may_at_first(action, status))
        if not button["available"]:
            assert button["blockedBy"] == await do(market, PARTIES[role], action, refund)
            assert button["until"] is None
