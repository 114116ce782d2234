"""The seller sends a promised refund before its date; nobody else does, and not at another time."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ordergraph.api.refusals import answer_to
from ordergraph.kernel.actor import Actor, Role
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import REFUND, RefundAction, RefundStatus
from tests.market import ADA, BEN, LAMPS, NOON, OLGA, PAPER, Market, gid
from tests.orders.commands import NO
from tests.scripted import cashier
from tests.states import refund_in
from tests.watching import snapshot

RELEASE = (
    """mutation Release($id: ID!) { refundRelease(input: {refundId: $id}) {
  __typename ...No ... on RefundReleaseSuccess {
    refund { id status dueAt pendingReason deadlines { kind } } } } }"""
    + NO
)
BUTTONS = (
    """query Buttons($id: ID!) { node(id: $id) { ... on Refund {
  actions { kind available until blockedBy { ...No } } } } }"""
    + NO
)
PARTIES = {Role.BUYER: ADA, Role.SELLER: LAMPS, Role.OPERATOR: OLGA}
ROWS = {(move.start, move.action): move for move in REFUND.moves}
each_state = pytest.mark.parametrize("status", list(RefundStatus))


def _may(status: RefundStatus) -> set[Role]:
    row = ROWS.get((status, RefundAction.RELEASE))
    return set(row.by) if row else set()


async def _release(market: Market, actor: Actor | None, refund: Refund) -> Any:
    return (await market.ask(actor, RELEASE, id=gid("Refund", refund.id)))["refundRelease"]


@each_state
async def test_what_no_row_of_the_table_allows_is_refused_and_changes_nothing(
    market: Market, status: RefundStatus
) -> None:
    refund = await refund_in(market, status)
    before = await snapshot()

    for role, actor in PARTIES.items():
        if role in _may(status):
            continue
        answer = await _release(market, actor, refund)
        expected = REFUND.refusal(RefundAction.RELEASE, status, role)
        assert expected is not None
        assert answer["__typename"] == type(answer_to(expected, "en")).__name__
        assert answer["message"] == expected.sentence("en")

    assert await snapshot() == before


@each_state
async def test_a_stranger_finds_no_refund(market: Market, status: RefundStatus) -> None:
    refund = await refund_in(market, status)
    before = await snapshot()

    answers = [await _release(market, stranger, refund) for stranger in (BEN, PAPER)]
    nothing = (await market.ask(BEN, RELEASE, id=gid("Refund", uuid4())))["refundRelease"]

    assert answers == [nothing, nothing]
    assert nothing["__typename"] == "NotFoundError"
    assert await snapshot() == before


@each_state
@pytest.mark.parametrize("role", PARTIES)
async def test_the_button_is_there_for_whom_the_table_names_and_says_what_would_be_answered(
    market: Market, status: RefundStatus, role: Role
) -> None:
    refund = await refund_in(market, status)

    shown = await market.ask(PARTIES[role], BUTTONS, id=gid("Refund", refund.id))

    buttons = shown["node"]["actions"]
    ever = Role(role) in REFUND.roles(RefundAction.RELEASE)
    assert [button["kind"] for button in buttons] == (["RELEASE"] if ever else [])
    for button in buttons:
        answer = await _release(market, PARTIES[role], refund)
        assert button["available"] is (role in _may(status))
        assert button["available"] is (answer["__typename"] == "RefundReleaseSuccess")
        assert button["blockedBy"] == (None if button["available"] else answer)


@pytest.mark.parametrize("actor", [LAMPS, OLGA], ids=["seller", "operator"])
async def test_a_released_refund_is_due_at_once(market: Market, actor: Actor) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    market.clock.advance(timedelta(hours=5))

    released = (await _release(market, actor, refund))["refund"]

    assert released["status"] == "PROCESSING"
    assert released["dueAt"] == "2026-11-23T17:00:00.000Z"
    assert released["pendingReason"] == "GATEWAY_PROCESSING"
    assert released["deadlines"] == []
    await refund.refresh_from_db()
    assert refund.released_at == refund.next_attempt_at == NOON + timedelta(hours=5)


async def test_a_released_refund_goes_the_same_way_as_one_that_fell_due(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    teller, gateway = cashier(market)
    await _release(market, LAMPS, refund)

    await teller.send(refund.id)
    again = await _release(market, LAMPS, refund)

    await refund.refresh_from_db()
    assert refund.status is RefundStatus.SUCCEEDED
    assert len(gateway.sent) == 1
    assert (again["__typename"], again["state"]) == ("WrongStateError", "SUCCEEDED")


async def test_nobody_releases_anything(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    before = await snapshot()

    result = await market.execute(None, RELEASE, id=gid("Refund", refund.id))

    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]
    assert await snapshot() == before


async def test_an_id_of_something_else_is_no_refund(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)

    answer = await market.ask(LAMPS, RELEASE, id=gid("Order", refund.order_id))

    assert answer["refundRelease"]["what"] == "Refund"
