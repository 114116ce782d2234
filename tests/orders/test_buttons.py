"""See it before you press it: what is offered is what would be answered."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph.api.refusals import Answer, UserError
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.refusal import Refusal
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from tests.market import ADA, LAMPS, OLGA, Market, gid
from tests.orders.commands import COMMANDS, NO, do
from tests.states import order_in
from tests.watching import snapshot

BUTTONS = (
    """query Buttons($id: ID!) { order(id: $id) {
  canCancel cancelableUntil
  actions { kind available until opensAt blockedBy { ...No } }
  cancellationPreview { amount { amount } blockedBy { ...No } }
} }"""
    + NO
)
PEOPLE = {"buyer": ADA, "seller": LAMPS, "operator": OLGA}
each_state = pytest.mark.parametrize("status", list(OrderStatus))
each_person = pytest.mark.parametrize("person", PEOPLE)


async def _buttons(market: Market, actor: Actor, order: Order, language: str = "en") -> Any:
    found = await market.ask(actor, BUTTONS, language, id=gid("Order", order.id))
    return found["order"]


@each_state
@each_person
async def test_a_blocked_button_shows_the_very_answer_of_its_mutation(
    market: Market, status: OrderStatus, person: str
) -> None:
    order = await order_in(market, status)
    before = await snapshot()

    shown = await _buttons(market, PEOPLE[person], order)

    blocked = [b for b in shown["actions"] if b["kind"] in COMMANDS and not b["available"]]
    for button in blocked:
        assert button["blockedBy"] == await do(market, PEOPLE[person], button["kind"], order)
        assert button["until"] is None or button["kind"] == "CANCEL"
    assert await snapshot() == before


@each_state
@each_person
async def test_an_open_button_works(market: Market, status: OrderStatus, person: str) -> None:
    order = await order_in(market, status)

    shown = await _buttons(market, PEOPLE[person], order)

    for button in shown["actions"]:
        if button["kind"] in COMMANDS and button["available"]:
            assert button["blockedBy"] is None
            answer = await do(market, PEOPLE[person], button["kind"], order)
            assert answer["__typename"].endswith("Success")
            break  # the next one would meet another state


@each_state
@each_person
async def test_the_cancel_button_the_flag_and_the_preview_agree(
    market: Market, status: OrderStatus, person: str
) -> None:
    order = await order_in(market, status)

    shown = await _buttons(market, PEOPLE[person], order)

    button = next(b for b in shown["actions"] if b["kind"] == "CANCEL")
    assert shown["canCancel"] is button["available"]
    assert shown["cancellationPreview"]["blockedBy"] == button["blockedBy"]


async def _until(market: Market, order: Order, kind: str) -> Any:
    """What the button says to whom has one."""
    shown = {who: await _buttons(market, actor, order) for who, actor in PEOPLE.items()}
    return {
        who: button["until"]
        for who, found in shown.items()
        for button in found["actions"]
        if button["kind"] == kind
    }


async def test_the_buyers_button_ends_with_the_window_and_the_others_when_the_time_to_ship_does(
    market: Market,
) -> None:
    order = await market.place()

    window, ship_by = "2026-11-24T12:00:00.000Z", "2026-11-30T12:00:00.000Z"

    assert await _until(market, order, "CANCEL") == {
        "buyer": window,
        "seller": ship_by,
        "operator": ship_by,
    }
    assert await _until(market, order, "SHIP") == {"seller": ship_by, "operator": ship_by}


async def test_a_parcel_that_has_left_can_be_said_to_have_come_until_it_counts_as_there(
    market: Market,
) -> None:
    order = await market.ship(await market.place())

    there_at = "2026-12-23T12:00:00.000Z"

    assert await _until(market, order, "MARK_DELIVERED") == {
        "seller": there_at,
        "operator": there_at,
    }
    assert await _until(market, order, "CONFIRM_RECEIPT") == {"buyer": there_at}
    assert set((await _until(market, order, "SHIP")).values()) == {None}
    assert (await _until(market, order, "CANCEL"))["seller"] is None


async def test_the_button_goes_out_at_the_very_moment_the_window_closes(market: Market) -> None:
    order = await market.place()
    market.clock.advance(timedelta(hours=24) - timedelta(microseconds=1))
    last = await _buttons(market, ADA, order)

    market.clock.advance(timedelta(microseconds=1))
    after = await _buttons(market, ADA, order)

    assert last["canCancel"] is True
    assert after["canCancel"] is False
    assert (await _buttons(market, LAMPS, order))["canCancel"] is True


async def test_a_blocked_button_speaks_the_persons_language(market: Market) -> None:
    order = await order_in(market, OrderStatus.CANCELED)

    shown = await _buttons(market, ADA, order, "de")

    cancel = next(b for b in shown["actions"] if b["kind"] == "CANCEL")
    assert cancel["blockedBy"]["message"] == "Die Bestellung ist schon storniert."


async def test_an_error_is_made_only_for_whoever_asks_what_blocks_a_button(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    made: list[Refusal] = []
    really = Answer.shown

    def shown(answer: Answer, refusal: Refusal, language: str) -> UserError:
        made.append(refusal)
        return really(answer, refusal, language)

    monkeypatch.setattr(Answer, "shown", shown)
    asked = "query ($id: ID!) { order(id: $id) { actions { kind available until opensAt } } }"
    id_ = gid("Order", order.id)
    actions = (await market.ask(ADA, asked, id=id_))["order"]["actions"]
    blocked = [button["kind"] for button in actions if not button["available"]]

    assert blocked
    assert made == []

    await market.ask(ADA, asked.replace("opensAt", "blockedBy { message }"), id=id_)

    assert len(made) == len(blocked)
