"""Canceling after something was given back already: exactly what is left, and never a refusal."""

from typing import Any
from uuid import uuid4

import pytest

from ordergraph.kernel.actor import Role
from ordergraph.orders import queries
from ordergraph.orders.models import Order
from ordergraph.payments.models import Payment
from ordergraph.refunds import actions as refunds
from ordergraph.refunds.actions import LinePart, Parts
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause
from tests.cancellations.documents import lines_of, look, send, some
from tests.market import LAMPS, Market, line


async def _give(market: Market, order: Order, *, goods: int = 0, **other: int) -> None:
    """Goodwill of the seller: for the first line, for the shipping, or for nothing in particular."""
    first, *_ = await lines_of(order)
    parts = Parts(lines=[LinePart(first.id, 0, goods)] if goods else [], **other)
    async with market.edge.transaction(LAMPS) as tx:
        held, _ = await queries.lock(tx, order.id)
        promise = refunds.Promise(
            cause=RefundCause.GOODWILL, cause_id=uuid4(), parts=parts, due_at=tx.now
        )
        await refunds.schedule(tx, held, promise, Role.SELLER)


async def _three_lamps(market: Market) -> Order:
    return await market.place(line("Lamp", 3, "10.00"), shipping="5.00")


# fmt: off
CASES: list[tuple[dict[str, int], dict[str, str]]] = [
    ({"goods": 1000},            {"amount": "25.00", "shipping": "5.00", "adjustment": "0.00"}),
    ({"goods": 3000},            {"amount": "5.00",  "shipping": "5.00", "adjustment": "0.00"}),
    ({"shipping_minor": 500},    {"amount": "30.00", "shipping": "0.00", "adjustment": "0.00"}),
    ({"shipping_minor": 200},    {"amount": "33.00", "shipping": "3.00", "adjustment": "0.00"}),
    ({"adjustment_minor": 700},  {"amount": "28.00", "shipping": "5.00", "adjustment": "-7.00"}),
    ({"goods": 1, "shipping_minor": 1, "adjustment_minor": 1},
                                 {"amount": "34.97", "shipping": "4.99", "adjustment": "-0.01"}),
]
# fmt: on


@pytest.mark.parametrize(("given", "back"), CASES)
async def test_canceling_gives_back_exactly_what_is_left_as_the_preview_said(
    market: Market, given: dict[str, int], back: dict[str, str]
) -> None:
    order = await _three_lamps(market)
    await _give(market, order, **given)

    seen = await look(market, order)
    done = await send(market, order)

    refund = done["refund"]
    assert {part: refund[part]["amount"] for part in back} == back
    assert {part: seen[part]["amount"] for part in ("amount", "shipping")} == {
        part: back[part] for part in ("amount", "shipping")
    }
    payment = await Payment.get(order_id=order.id)
    assert payment.refund_reserved_minor == payment.captured_minor


@pytest.mark.parametrize(
    "given", [{"goods": 3000, "shipping_minor": 500}, {"adjustment_minor": 3500}]
)
async def test_an_order_of_which_nothing_is_left_is_canceled_without_a_refund(
    market: Market, given: dict[str, int]
) -> None:
    order = await _three_lamps(market)
    await _give(market, order, **given)

    seen = await look(market, order)
    done = await send(market, order)

    assert (seen["blockedBy"], seen["amount"]["amount"]) == (None, "0.00")
    assert done["order"]["status"] == "CANCELED"
    assert done["refund"] is done["cancellation"]["refund"] is None
    assert await Refund.filter(order_id=order.id).count() == 1


async def test_part_after_part_the_last_one_bears_what_was_given_for_nothing(
    market: Market,
) -> None:
    order = await _three_lamps(market)
    await _give(market, order, adjustment_minor=1600)
    rows = await lines_of(order)

    steps: list[Any] = []
    for _ in range(3):
        lines = some(order, rows, 1)
        seen = await look(market, order, lines=lines)
        done = await send(market, order, lines=lines)
        assert done["__typename"] == "OrderCancelSuccess"
        steps.append((seen["amount"]["amount"], (done["refund"] or {}).get("amount")))

    assert [seen for seen, _ in steps] == ["10.00", "9.00", "0.00"]
    assert [refund and refund["amount"] for _, refund in steps] == ["10.00", "9.00", None]
    assert (await Payment.get(order_id=order.id)).refundable.minor == 0


async def test_a_line_that_was_given_back_in_part_gives_the_rest(market: Market) -> None:
    order = await _three_lamps(market)
    await _give(market, order, goods=2500)
    rows = await lines_of(order)

    amounts = []
    for _ in range(3):
        done = await send(market, order, lines=some(order, rows, 1))
        amounts.append((done["refund"] or {"amount": {"amount": None}})["amount"]["amount"])

    assert amounts == ["5.00", None, "5.00"]  # the line's rest, nothing, the shipping
    (row,) = await lines_of(order)
    assert (row.refunded_minor, row.canceled_quantity) == (row.paid_minor, 3)
