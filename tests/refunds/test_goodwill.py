"""Money given back of one's own accord: what it may be made of, how much, and at whose cost."""

import asyncio
from typing import Any

import pytest

from ordergraph.deadlines import named, named_errand
from ordergraph.disputes import actions as disputes
from ordergraph.disputes.models import Dispute
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.refunds import commands
from ordergraph.refunds.models import Refund, RefundLine
from ordergraph.refunds.process import RefundCause
from ordergraph.sweeping import sweep
from tests.disputes.court import act, complaint, disputed
from tests.market import ADA, BEN, LAMPS, OLGA, Market, gid, line
from tests.orders.commands import NO
from tests.scripted import cashier
from tests.states import cancel, order_in
from tests.watching import snapshot

CREATE = (
    """mutation Create($input: RefundCreateInput!) { refundCreate(input: $input) {
  __typename ...No
  ... on RefundCreateSuccess { refund { id status cause method borneBy dueAt note
    amount { amount } shipping { amount } adjustment { amount }
    lines { quantity amount { amount } } order { refundable { amount } } } } } }"""
    + NO
)
BUTTON = (
    """query Button($id: ID!) { order(id: $id) {
  actions { kind available blockedBy { ...No } } } }"""
    + NO
)


async def _create(market: Market, actor: Actor, order: Order, **parts: Any) -> Any:
    sent = {"orderId": gid("Order", order.id), "note": "Sorry for the wait.", **parts}
    return (await market.ask(actor, CREATE, input=sent))["refundCreate"]


async def _line(order: Order) -> OrderLine:
    return await OrderLine.get(order_id=order.id, position=0)


def _of_line(row: OrderLine, amount: str, quantity: int = 0) -> list[dict[str, Any]]:
    return [{"lineId": gid("OrderLine", row.id), "amount": amount, "quantity": quantity}]


async def test_a_seller_gives_back_lines_shipping_and_something_more(market: Market) -> None:
    order = await order_in(market, OrderStatus.DELIVERED)
    row = await _line(order)

    created = await _create(
        market, LAMPS, order, lines=_of_line(row, "10.00", 1), shipping="4.90", adjustment="1.10"
    )

    refund = created["refund"]
    assert (refund["status"], refund["cause"], refund["borneBy"]) == (
        "SCHEDULED",
        "GOODWILL",
        "SELLER",
    )
    assert refund["amount"] == {"amount": "16.00"}
    assert refund["lines"] == [{"quantity": 1, "amount": {"amount": "10.00"}}]
    assert (refund["shipping"], refund["adjustment"]) == ({"amount": "4.90"}, {"amount": "1.10"})
    assert refund["note"] == "Sorry for the wait."
    assert refund["order"]["refundable"] == {"amount": "68.70"}
    await row.refresh_from_db()
    assert row.refunded_minor == 1000


async def test_it_is_sent_at_once(market: Market) -> None:
    order = await order_in(market, OrderStatus.PROCESSING)
    teller, gateway = cashier(market)

    created = await _create(market, LAMPS, order, adjustment="5.00")

    assert created["refund"]["dueAt"] == "2026-11-23T12:00:00.000Z"
    await sweep(market.edge, named("refund.due"))
    assert await run_errands(teller, named_errand("refund.attempt")) == 1
    assert [sent.amount.minor for sent in gateway.sent.values()] == [500]


async def test_what_an_operator_gives_the_marketplace_pays(market: Market) -> None:
    order = await order_in(market, OrderStatus.COMPLETED)

    created = await _create(market, OLGA, order, adjustment="5.00")

    assert created["refund"]["borneBy"] == "OPERATOR"


async def test_something_may_be_taken_off_but_not_everything(market: Market) -> None:
    order = await order_in(market, OrderStatus.DELIVERED)
    row = await _line(order)
    parts = {"lines": _of_line(row, "10.00")}

    created = await _create(market, LAMPS, order, adjustment="-2.50", **parts)
    nothing = await _create(market, LAMPS, order, adjustment="-10.00", **parts)

    assert created["refund"]["amount"] == {"amount": "7.50"}
    assert [part["amount"] for part in created["refund"]["lines"]] == [{"amount": "7.50"}]
    assert created["refund"]["adjustment"] == {"amount": "0.00"}
    assert (await _line(order)).refunded_minor == 750, "more of it may go back another time"
    assert (nothing["__typename"], nothing["field"]) == ("InvalidInputError", "adjustment")


async def test_several_go_back_up_to_what_is_left(market: Market) -> None:
    order = await order_in(market, OrderStatus.DELIVERED)

    first = await _create(market, LAMPS, order, adjustment="80.00")
    too_much = await _create(market, LAMPS, order, adjustment="4.71")
    rest = await _create(market, LAMPS, order, adjustment="4.70")
    nothing_left = await _create(market, LAMPS, order, adjustment="0.01")

    assert first["refund"]["amount"] == {"amount": "80.00"}
    assert too_much["maximum"] == {"amount": "4.70"}
    assert rest["refund"]["order"]["refundable"] == {"amount": "0.00"}
    assert nothing_left["maximum"] == {"amount": "0.00"}


async def test_a_line_gives_back_no_more_than_it_cost(market: Market) -> None:
    order = await market.place(line(quantity=1, price="10.00"), line("Vase", 1, "50.00"))
    row = await _line(order)
    await _create(market, LAMPS, order, lines=_of_line(row, "6.00"))
    before = await snapshot()

    answer = await _create(market, LAMPS, order, lines=_of_line(row, "4.01"))

    assert (answer["__typename"], answer["maximum"]) == ("AmountTooHighError", {"amount": "4.00"})
    assert await snapshot() == before


async def test_shipping_goes_back_once(market: Market) -> None:
    order = await market.place()
    await _create(market, LAMPS, order, shipping="3.00")
    before = await snapshot()

    answer = await _create(market, LAMPS, order, shipping="1.91")

    assert answer["maximum"] == {"amount": "1.90"}
    assert await snapshot() == before


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({}, "adjustment"),
        ({"shipping": "-1.00", "adjustment": "5.00"}, "shipping"),
        ({"adjustment": "1.00", "note": ""}, "note"),
        ({"line": ("0.00", 1)}, "lines.0.amount"),
        ({"line": ("-1.00", 1)}, "lines.0.amount"),
        ({"line": ("1.00", -1)}, "lines.0.quantity"),
        ({"line": ("1.00", 3)}, "lines.0.quantity"),
    ],
)
async def test_parts_that_make_no_sense_change_nothing(
    market: Market, parts: dict[str, Any], field: str
) -> None:
    order = await market.place()
    if "line" in parts:
        amount, quantity = parts.pop("line")
        parts = {"lines": _of_line(await _line(order), amount, quantity)}
    before = await snapshot()

    answer = await _create(market, LAMPS, order, **parts)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", field)
    assert await snapshot() == before


async def test_a_line_of_another_order_and_one_named_twice_are_refused(market: Market) -> None:
    order, other = await market.place(), await market.place()
    foreign, own = _of_line(await _line(other), "1.00"), _of_line(await _line(order), "1.00")
    before = await snapshot()

    answers = [await _create(market, LAMPS, order, lines=lines) for lines in (foreign, own + own)]

    assert [a["field"] for a in answers] == ["lines.0.lineId", "lines"]
    assert await snapshot() == before


async def test_while_a_dispute_is_open_it_alone_decides(market: Market) -> None:
    """M12: the table refuses, and the database would."""
    order = await (await disputed(market)).order
    before = await snapshot()

    answer = await _create(market, LAMPS, order, adjustment="1.00")

    assert answer["__typename"] == "OrderDisputedError"
    assert answer["disputedAt"] == "2026-11-23T12:00:00.000Z"
    assert await snapshot() == before
    assert await Dispute.all().count() == 1


@pytest.mark.parametrize(
    ("actor", "name"), [(ADA, "NotAllowedError"), (BEN, "NotFoundError")], ids=["buyer", "stranger"]
)
async def test_nobody_else_gives_anything(market: Market, actor: Actor, name: str) -> None:
    order = await market.place()
    before = await snapshot()

    answer = await _create(market, actor, order, adjustment="1.00")

    assert answer["__typename"] == name
    assert await snapshot() == before


async def test_an_order_that_was_never_paid_has_nothing_to_give(market: Market) -> None:
    order = await order_in(market, OrderStatus.PENDING_PAYMENT)

    answer = await _create(market, LAMPS, order, adjustment="1.00")

    assert answer["maximum"] == {"amount": "0.00"}


@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize("actor", [LAMPS, OLGA], ids=["seller", "operator"])
async def test_the_button_says_what_would_be_answered(
    market: Market, status: OrderStatus, actor: Actor
) -> None:
    order = await order_in(market, status)

    shown = await market.ask(actor, BUTTON, id=gid("Order", order.id))

    (button,) = [a for a in shown["order"]["actions"] if a["kind"] == "CREATE_REFUND"]
    answer = await _create(market, actor, order, adjustment="0.01")
    assert button["available"] is (answer["__typename"] == "RefundCreateSuccess")
    assert button["blockedBy"] == (None if button["available"] else answer)


async def test_of_many_at_once_only_as_many_succeed_as_there_is_money(market: Market) -> None:
    """M2."""
    order = await market.place()

    answers = await asyncio.gather(
        *(_create(market, LAMPS, order, adjustment="20.00") for _ in range(8))
    )

    names = sorted(answer["__typename"] for answer in answers)
    assert names == ["AmountTooHighError"] * 4 + ["RefundCreateSuccess"] * 4
    payment = await Payment.get(order_id=order.id)
    assert payment.refund_reserved_minor == 8000


async def test_the_parts_sum_to_the_amount(market: Market) -> None:
    order = await market.place()
    await _create(
        market, LAMPS, order, lines=_of_line(await _line(order), "3.33"), adjustment="-0.11"
    )

    refund = await Refund.get(order_id=order.id)

    lines = sum(part.amount_minor for part in await RefundLine.filter(refund_id=refund.id))
    assert lines + refund.shipping_minor + refund.adjustment_minor == refund.amount_minor == 322
    assert (refund.cause, refund.borne_by) == (RefundCause.GOODWILL, Role.SELLER)


async def test_where_more_went_back_as_shipping_than_was_paid_for_it_the_rest_can_be_given(
    market: Market,
) -> None:
    """What belongs to no line of a dispute is shipping; a gift that failed had been deducted before."""
    order = await market.place()
    teller, _ = cashier(market, "CARD_EXPIRED")
    gift = await _create(market, LAMPS, order, adjustment="50.00")
    await sweep(market.edge, named("refund.due"))
    assert await run_errands(teller, named_errand("refund.attempt")) == 1
    await cancel(market, order, lines={(await _line(order)).id: 1})
    failed = await Refund.get(cause=RefundCause.GOODWILL, order_id=order.id)
    async with market.edge.transaction(OLGA) as tx:
        await commands.fail(tx, failed.id, "The card has expired.")
    await market.deliver(order)
    asked = complaint(order, amount=Money(4600, "EUR"))
    dispute = await act(market, ADA, disputes.open_dispute, asked)
    await act(market, LAMPS, disputes.accept, dispute.id)

    given = await _create(market, LAMPS, order, adjustment="1.00")
    more = await _create(market, LAMPS, order, shipping="0.01")

    assert gift["__typename"] == given["__typename"] == "RefundCreateSuccess"
    assert (more["__typename"], more["maximum"]["amount"]) == ("AmountTooHighError", "0.00")
