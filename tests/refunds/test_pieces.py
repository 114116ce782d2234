"""Gifts for pieces of a line: only for those that are left, and never for more than they cost."""

from typing import Any

import pytest

from ordergraph.deadlines import named, named_errand
from ordergraph.disputes import actions as disputes
from ordergraph.disputes import returns
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput
from ordergraph.orders.models import Order, OrderLine
from ordergraph.refunds import commands, goodwill
from ordergraph.refunds.actions import LinePart
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from tests.disputes.court import GOODS_FIRST, act, complaint
from tests.market import ADA, LAMPS, OLGA, Market, gid, line
from tests.orders.commands import NO
from tests.screens.test_written import LIST
from tests.scripted import cashier
from tests.states import cancel
from tests.watching import snapshot

CREATE = (
    """mutation Create($input: RefundCreateInput!) { refundCreate(input: $input) { ...No
  ... on RefundCreateSuccess { refund { order { lines { refundedQuantity } } } } } }"""
    + NO
)
QUANTITY = """query Q($id: ID!) { order(id: $id) {
  lines { quantity canceledQuantity returnedQuantity refundedQuantity refunded { amount } } } }"""


async def the_line(order: Order) -> OrderLine:
    return await OrderLine.get(order_id=order.id, position=0)


async def give(market: Market, order: Order, quantity: int, minor: int) -> Refund:
    """A gift of the seller's for so many pieces of the first line."""
    row, none = await the_line(order), Money(0, order.currency)
    gift = goodwill.Gift(
        order_id=order.id,
        lines=[LinePart(row.id, quantity, minor)],
        shipping=none,
        adjustment=none,
        note="Sorry.",
    )
    return await act(market, LAMPS, goodwill.create, gift)


async def most(market: Market, order: Order, quantity: int) -> int:
    """What the refusal says can be given for so many pieces at most; nothing has changed by it."""
    before = await snapshot()
    with pytest.raises(AmountTooHigh) as caught:
        await give(market, order, quantity, 1_000_000)
    assert await snapshot() == before
    return caught.value.maximum.minor


async def sent_back(market: Market, order: Order, pieces: int, minor: int) -> None:
    """The buyer returns so many pieces of the first line, for that much."""
    row = await the_line(order)
    asked = {"amount": Money(minor, "EUR"), "asked": GOODS_FIRST, "lines": {row.id: pieces}}
    dispute = await act(market, ADA, disputes.open_dispute, complaint(order, **asked))
    await act(market, LAMPS, disputes.accept, dispute.id)
    await act(market, ADA, returns.ship, dispute.id, returns.Parcel("Post", "T1"))
    await act(market, LAMPS, returns.acknowledge, dispute.id)


async def never_arrives(market: Market, gift: Refund) -> None:
    """It is declined, and the operator gives it up: what was set aside for it is free again."""
    teller, _ = cashier(market, "CARD_LOST")
    await sweep(market.edge, named("refund.due"))
    await run_errands(teller, named_errand("refund.attempt"))
    await act(market, OLGA, commands.fail, gift.id, "The card is lost.")


async def refunded_quantity(market: Market, order: Order, who: Actor = ADA) -> int:
    shown: Any = await market.ask(who, QUANTITY, id=gid("Order", order.id))
    return int(shown["order"]["lines"][0]["refundedQuantity"])


async def test_for_a_piece_there_is_no_more_than_it_cost(market: Market) -> None:
    order = await market.place()  # two lamps, 39.90 each

    assert [await most(market, order, count) for count in (0, 1, 2)] == [7980, 3990, 7980]
    await give(market, order, 1, 3990)

    assert [await most(market, order, count) for count in (0, 1, 2)] == [3990, 3990, 3990]
    await give(market, order, 1, 3990)
    assert [await most(market, order, count) for count in (0, 1, 2)] == [0, 0, 0]


async def test_the_refusal_says_the_maximum(market: Market) -> None:
    order = await market.place()
    parts = [{"lineId": gid("OrderLine", (await the_line(order)).id), "quantity": 1}]

    answers = [
        (await market.ask(LAMPS, CREATE, input={
            "orderId": gid("Order", order.id), "note": "Sorry.",
            "lines": [parts[0] | {"amount": amount}],
        }))["refundCreate"]
        for amount in ("39.91", "39.90")
    ]  # fmt: skip

    assert (answers[0]["__typename"], answers[0]["maximum"]) == (
        "AmountTooHighError",
        {"amount": "39.90"},
    )
    assert answers[1]["refund"]["order"]["lines"] == [{"refundedQuantity": 1}]


async def test_the_same_pieces_are_given_for_again_up_to_their_price(market: Market) -> None:
    order = await market.place()
    await give(market, order, 2, 1000)
    await give(market, order, 2, 5000)

    assert await most(market, order, 2) == 1980
    await give(market, order, 2, 1980)
    assert await most(market, order, 2) == 0


async def test_odd_cents_belong_to_the_first_pieces(market: Market) -> None:
    order = await market.place(line(quantity=3, price="3.34", discount=2))

    assert (await the_line(order)).paid_minor == 1000
    assert [await most(market, order, count) for count in (1, 2, 3)] == [334, 667, 1000]


async def test_pieces_that_were_canceled_are_not_given_for(market: Market) -> None:
    order = await market.place()
    await cancel(market, order, lines={(await the_line(order)).id: 1})
    before = await snapshot()

    with pytest.raises(InvalidInput) as caught:
        await give(market, order, 2, 1)

    assert (caught.value.field, caught.value.problem) == ("lines.0.quantity", "between 0 and 1")
    assert await snapshot() == before
    assert await most(market, order, 1) == 3990


async def test_pieces_that_came_back_for_less_leave_no_more_for_the_others(market: Market) -> None:
    order = await market.deliver(await market.place())
    await sent_back(market, order, 1, 2000)

    assert (await the_line(order)).returned_quantity == 1
    assert [await most(market, order, count) for count in (0, 1)] == [5980, 3990]
    await give(market, order, 1, 3000)
    assert [await most(market, order, count) for count in (0, 1)] == [2980, 990]
    await give(market, order, 1, 990)
    assert [await most(market, order, count) for count in (0, 1)] == [1990, 0]
    await give(market, order, 0, 1990)  # for what came back, after all
    assert (await the_line(order)).refunded_minor == 7980


async def test_what_never_arrived_can_be_given_for_the_same_pieces_again(market: Market) -> None:
    order = await market.place()
    gift = await give(market, order, 2, 7980)

    await never_arrives(market, gift)

    assert await most(market, order, 2) == 7980


async def test_so_many_pieces_are_refunded_as_the_money_pays_for(market: Market) -> None:
    order = await market.place(line(quantity=3, price="3.34", discount=2))
    found = [await refunded_quantity(market, order)]

    gift = await give(market, order, 1, 334)
    found.append(await refunded_quantity(market, order))
    await never_arrives(market, gift)
    found.append(await refunded_quantity(market, order))
    await give(market, order, 1, 300)
    found.append(await refunded_quantity(market, order, LAMPS))
    await give(market, order, 0, 34)
    found.append(await refunded_quantity(market, order))
    await cancel(market, order)
    found.append(await refunded_quantity(market, order, OLGA))

    assert found == [0, 1, 0, 0, 1, 3]


@pytest.mark.parametrize("pieces", [1, 2, 3])
async def test_pieces_that_are_canceled_for_their_price_count_as_refunded(
    market: Market, pieces: int
) -> None:
    order = await market.place(line(quantity=3, price="3.34", discount=2))

    await cancel(market, order, lines={(await the_line(order)).id: pieces})

    assert await refunded_quantity(market, order) == pieces


async def test_what_was_free_is_never_refunded(market: Market) -> None:
    order = await market.place(line(), line("Bulb", 2, "1.00", discount=200))
    await cancel(market, order)

    shown = await market.ask(ADA, QUANTITY, id=gid("Order", order.id))

    quantities = [
        (row["canceledQuantity"], row["refundedQuantity"]) for row in shown["order"]["lines"]
    ]
    assert quantities == [(2, 2), (2, 0)]


async def test_a_list_says_the_same(market: Market) -> None:
    order = await market.place()
    await give(market, order, 1, 3990)

    for _ in range(2):
        found = await market.ask(ADA, LIST % ("refundedQuantity", "id"))
        (edge,) = found["viewer"]["purchases"]["edges"]
        assert edge["node"]["lines"] == [{"refundedQuantity": 1}]
