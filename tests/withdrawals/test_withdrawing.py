"""Withdrawing through the API: what is granted, and what is refused and changes nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ordergraph.deadlines import named
from ordergraph.disputes import actions as disputes
from ordergraph.infra.idempotency import IdempotencyKey
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from ordergraph.withdrawals.models import Document
from tests.disputes.court import act, complaint, everything
from tests.disputes.documents import moved
from tests.market import ADA, BEN, DAY, LAMPS, NOON, OLGA, PAPER, Market, line
from tests.states import order_in
from tests.withdrawals.documents import button, confirmed, seen, started

SECOND = timedelta(seconds=1)
PARCEL = ', carrier: "Post", trackingNumber: "R1"'


async def _made(market: Market, order: Order, **more: Any) -> dict[str, Any]:
    draft = await started(market, order, **more)
    done = await confirmed(market, draft["withdrawal"]["id"])
    made: dict[str, Any] = done["withdrawal"]
    return made


def _picked(order: dict[str, Any], **quantities: int) -> list[dict[str, Any]]:
    ids = {row["title"]: row["id"] for row in order["lines"]}
    return [{"lineId": ids[title], "quantity": n} for title, n in quantities.items()]


async def test_starting_changes_nothing_but_for_the_draft(market: Market) -> None:
    order = await market.deliver(await market.place())
    before = await everything()

    draft = await started(market, order)

    assert await everything() == before
    assert draft["withdrawal"]["status"] == "STARTED"
    assert draft["withdrawal"]["acknowledgement"] is None
    assert draft["withdrawal"]["statement"]["name"] == "Ada"


async def test_some_pieces_go_back_without_the_delivery_and_the_rest_later_with_it(
    market: Market,
) -> None:
    order = await market.deliver(await market.place(line(), line("Shade", 3, "10.00")))
    lines = _picked(await seen(market, order), Lamp=1, Shade=3)

    first = await _made(market, order, lines=lines)
    await moved(market, ADA, "returnShip", first["dispute"]["id"], PARCEL)
    back = await moved(market, LAMPS, "returnAcknowledge", first["dispute"]["id"])
    rest = await _made(market, order)

    refund = back["dispute"]["refund"]
    assert (refund["amount"]["amount"], refund["dueAt"]) == ("69.90", "2026-11-23T12:00:00.000Z")
    now = await seen(market, order)
    assert [row["refunded"]["amount"] for row in now["lines"]] == ["39.90", "30.00"]
    assert [row["returnedQuantity"] for row in now["lines"]] == [1, 3]
    assert rest["statement"]["wholeOrder"] is True
    assert rest["statement"]["refund"] == {"amount": "44.80"}
    assert rest["statement"]["shipping"] == {"amount": "4.90"}


async def test_the_sellers_only_say_is_over_the_goods(market: Market) -> None:
    order = await market.deliver(await market.place())
    made = await _made(market, order)

    refused = await moved(market, LAMPS, "disputeRefuse", made["dispute"]["id"], ', note: "No."')

    assert refused["__typename"] == "NotYourTurnError"
    assert made["dispute"]["amountApproved"] == {"amount": "84.70"}
    assert made["statement"]["returnPaidBy"] == "BUYER"


async def test_what_is_on_its_way_is_sent_back_when_it_has_come(market: Market) -> None:
    order = await market.ship(await market.place(), promised_at=NOON + 4 * DAY)

    made = await _made(market, order)

    (clock,) = made["dispute"]["deadlines"]
    assert clock == {"kind": "RETURN_SHIP_BY", "dueAt": "2026-12-11T12:00:00.000Z"}
    assert made["statement"]["refundBy"] == "2026-12-07T12:00:00.000Z"


async def test_what_was_never_shipped_is_canceled_window_or_not(market: Market) -> None:
    order = await market.place(line(), line("Shade", 3, "10.00"))
    market.clock.advance(DAY)
    shade = _picked(await seen(market, order), Shade=2)

    part = await _made(market, order, lines=shade)
    whole = await _made(market, order)

    statement = part["statement"]
    assert (statement["refund"], statement["sendBackBy"]) == ({"amount": "20.00"}, None)
    assert part["cancellation"]["reason"]["handle"] == "eu-withdrawal"
    assert part["cancellation"]["refund"]["dueAt"] == "2026-12-01T12:00:00.000Z"
    assert "nothing has to be sent back" in part["acknowledgement"]["text"]
    assert whole["statement"]["refund"] == {"amount": "94.70"}
    assert (whole["dispute"], whole["cancellation"]["whole"]) == (None, True)
    assert (await seen(market, order))["status"] == "CANCELED"


async def test_however_long_refunds_wait_the_laws_date_is_kept(market: Market) -> None:
    async with market.edge.transaction(SYSTEM) as tx:
        await marketplace.publish_changes(tx, {"refund_delay_s": 30 * 86_400})
    order = await market.place()
    market.clock.advance(DAY)

    made = await _made(market, order)

    assert made["statement"]["refundBy"] == made["cancellation"]["refund"]["dueAt"]
    refund = await Refund.get(order_id=order.id)
    assert refund.due_at == market.clock.at + timedelta(days=14)


async def test_what_is_shipped_meanwhile_has_to_be_reviewed_again(market: Market) -> None:
    order = await market.place()
    market.clock.advance(DAY)
    draft = await started(market, order)
    await market.ship(order)

    answer = await confirmed(market, draft["withdrawal"]["id"])

    assert answer["__typename"] == "WithdrawalLapsedError"
    assert not await Document.exists()


async def test_goods_sent_at_the_last_moment_are_refunded_at_once(market: Market) -> None:
    order = await market.ship(await market.place())
    made = await _made(market, order)
    market.clock.advance(20 * DAY)

    await moved(market, ADA, "returnShip", made["dispute"]["id"], PARCEL)

    assert await sweep(market.edge, named("dispute.return_acknowledge")) == 1
    assert await sweep(market.edge, named("refund.due")) == 1


async def test_goods_that_are_never_sent_back_are_never_paid_back(market: Market) -> None:
    order = await market.deliver(await market.place())
    await _made(market, order)
    market.clock.advance(14 * DAY)

    assert await sweep(market.edge, named("dispute.return_ship")) == 1

    found = await seen(market, order)
    assert found["refundable"] == {"amount": "84.70"}
    assert found["withdrawal"]["status"] == "CONFIRMED"


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_the_button_shows_the_very_answer_in_every_state(
    market: Market, status: OrderStatus
) -> None:
    order = await order_in(market, status)
    before = await everything()

    shown = button(await seen(market, order))
    answer = await started(market, order)

    assert shown is not None
    assert shown["available"] is (answer["__typename"] == "WithdrawalStartSuccess")
    assert shown["available"] is (status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED})
    if not shown["available"]:
        assert shown["blockedBy"] == answer
    assert await everything() == before


async def test_the_period_is_over_on_the_second_for_both_steps(market: Market) -> None:
    order = await market.deliver(await market.place())
    market.clock.advance(14 * DAY - SECOND)
    draft = await started(market, order)
    until = button(await seen(market, order))
    market.clock.advance(SECOND)

    late = await confirmed(market, draft["withdrawal"]["id"])
    again = await started(market, order)

    assert until is not None
    assert until["until"] == late["endedAt"] == again["endedAt"] == "2026-12-07T12:00:00.000Z"
    assert late["__typename"] == "WithdrawalPeriodOverError"
    assert not await Document.exists()


async def test_a_draft_lapses_after_an_hour_or_when_it_is_true_no_more(market: Market) -> None:
    order = await market.deliver(await market.place(line(quantity=2)))
    old = await started(market, order)
    market.clock.advance(timedelta(hours=1))
    stale = await started(market, order)
    lamp = _picked(await seen(market, order), Lamp=1)
    partly = await _made(market, order, lines=lamp)
    await moved(market, ADA, "returnShip", partly["dispute"]["id"], PARCEL)
    await moved(market, LAMPS, "returnAcknowledge", partly["dispute"]["id"])

    answers = [await confirmed(market, draft["withdrawal"]["id"]) for draft in (old, stale)]

    assert [answer["__typename"] for answer in answers] == ["WithdrawalLapsedError"] * 2
    assert await Document.all().count() == 1


async def test_a_confirmed_one_is_not_confirmed_again_but_by_its_key(market: Market) -> None:
    order = await market.deliver(await market.place())
    draft = await started(market, order)
    made = await confirmed(market, draft["withdrawal"]["id"])

    again = await confirmed(market, draft["withdrawal"]["id"])

    assert made["__typename"] == "WithdrawalConfirmSuccess"
    assert again["__typename"] == "WrongStateError"
    assert await Document.all().count() == 1
    assert await IdempotencyKey.all().count() == 2, "a refusal keeps no key"


async def test_excluded_goods_are_named_and_left_out(market: Market) -> None:
    cheese = line("Cheese", 1, "5.00")
    excluded = replace(cheese, excluded=WithdrawalExclusion.PERISHABLE)
    order = await market.deliver(await market.place(line(), excluded))
    both = _picked(await seen(market, order), Lamp=2, Cheese=1)

    named = await started(market, order, lines=both)
    rest = await started(market, order)

    assert named["__typename"] == "WithdrawalExcludedError"
    assert named["lines"] == [{"title": "Cheese", "excludedFromWithdrawal": "PERISHABLE"}]
    statement = rest["withdrawal"]["statement"]
    assert [found["line"]["title"] for found in statement["lines"]] == ["Lamp"]
    assert (statement["wholeOrder"], statement["refund"]) == (False, {"amount": "79.80"})


async def test_it_waits_for_an_open_dispute_and_outlives_a_decided_one(market: Market) -> None:
    order = await market.deliver(await market.place())
    dispute = await act(market, ADA, disputes.open_dispute, complaint(order))

    blocked = await started(market, order)
    await act(market, ADA, disputes.withdraw, dispute.id)
    free = await started(market, order)

    assert blocked["__typename"] == "DisputeAlreadyOpenError"
    assert free["__typename"] == "WithdrawalStartSuccess"


@pytest.mark.parametrize(
    ("someone", "answer"),
    [(LAMPS, "NotAllowedError"), (OLGA, "NotAllowedError"), (BEN, "NotFoundError")],
)
async def test_nobody_else_starts_or_confirms_it(market: Market, someone: Any, answer: str) -> None:
    order = await market.deliver(await market.place())
    draft = await started(market, order)
    before = await everything()

    start = await started(market, order, someone)
    confirm = await confirmed(market, draft["withdrawal"]["id"], someone)

    assert start["__typename"] == answer
    assert confirm["__typename"] == "NotFoundError", "a draft is the buyer's alone"
    assert await everything() == before


async def test_what_is_confirmed_is_seen_by_those_who_see_the_order(market: Market) -> None:
    order = await market.deliver(await market.place())
    made = await _made(market, order)
    node = "query N($id: ID!) { node(id: $id) { __typename } }"

    for id_ in (made["id"], made["acknowledgement"]["id"]):
        answers = [await market.ask(who, node, id=id_) for who in (ADA, LAMPS, OLGA, BEN, PAPER)]
        assert [answer["node"] is not None for answer in answers] == [True] * 3 + [False] * 2


@pytest.mark.parametrize("address", ["ada", "@example.org", "ada@", "a da@example.org", " "])
async def test_an_address_that_is_none_is_refused(market: Market, address: str) -> None:
    order = await market.deliver(await market.place())

    answer = await started(market, order, contactEmail=address)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", "contactEmail")


async def test_the_reason_is_none_of_the_complaints(market: Market) -> None:
    order = await market.deliver(await market.place())
    listed = "query R { reasons(context: DISPUTE) { handle } }"

    of_buyer, of_operator = [
        {reason["handle"] for reason in (await market.ask(who, listed))["reasons"]}
        for who in (ADA, OLGA)
    ]
    with pytest.raises(InvalidInput, match="reasonHandle"):
        await act(
            market, ADA, disputes.open_dispute, complaint(order, reason_handle="eu-withdrawal")
        )

    assert "eu-withdrawal" in of_operator - of_buyer


async def test_orders_say_what_was_withdrawn_and_the_timeline_that_the_law_granted_it(
    market: Market,
) -> None:
    order = await market.deliver(await market.place())
    made = await _made(market, order)

    shown = await seen(market, order, LAMPS)

    assert shown["withdrawal"]["id"] == made["id"]
    assert shown["timeline"]["nodes"][-2:] == [
        {"type": "dispute.granted_by_law", "actor": "SYSTEM"},
        {"type": "withdrawal.confirmed", "actor": "SYSTEM"},
    ]
