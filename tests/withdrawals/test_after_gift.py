"""What was given back before is taken off what a withdrawal declares, and off each part of it."""

import pytest

from ordergraph.disputes import returns
from ordergraph.giving import actions as giving
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.refunds import goodwill
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.models import Refund
from ordergraph.withdrawals import actions as withdrawals
from ordergraph.withdrawals import queries
from ordergraph.withdrawals.models import Document, Withdrawal
from tests.disputes.court import act
from tests.market import ADA, DAY, LAMPS, Market, line
from tests.withdrawals.documents import drafted


async def given(market: Market, order: Order, minor: int) -> None:
    """The seller gives so much back, for nothing in particular."""
    nothing = Money(0, order.currency)
    some = Money(minor, order.currency)
    gift = goodwill.Gift(
        order_id=order.id, lines=(), shipping=nothing, adjustment=some, note="Sorry."
    )
    await act(market, LAMPS, giving.create, gift)


async def declared(row: Withdrawal) -> dict[object, int]:
    lines = (await queries.lines_of([row.id]))[row.id]
    return {each.order_line_id: each.amount_minor for each in lines if each.amount_minor}


@pytest.mark.parametrize(
    ("currency", "price", "shipping", "gift"),
    [
        ("EUR", "39.90", "4.90", 8000),
        ("EUR", "39.90", "4.90", 1),
        ("JPY", "997", "5", 1995),
        ("KWD", "1.250", "0.500", 2990),
    ],
)
async def test_what_is_declared_sums_to_what_is_given_and_is_given_so(
    market: Market, currency: str, price: str, shipping: str, gift: int
) -> None:
    lines = line("Lamp", 1, price, currency), line("Bulb", 1, price, currency)
    order = await market.deliver(await market.place(*lines, shipping=shipping))
    await given(market, order, gift)

    row = await drafted(market, order)
    row = await act(market, ADA, withdrawals.confirm, row.id)
    said = await declared(row)
    assert row.dispute_id is not None
    await act(market, ADA, returns.ship, row.dispute_id, returns.Parcel("Post", "R1"))
    await act(market, LAMPS, returns.acknowledge, row.dispute_id)

    assert sum(said.values()) + row.shipping_minor == row.amount_minor == order.total_minor - gift
    refund = await Refund.get(cause_id=row.dispute_id)
    back = (await refunds.lines_of([refund.id]))[refund.id]
    assert {each.order_line_id: each.amount_minor for each in back} == said
    assert (refund.shipping_minor, refund.adjustment_minor) == (row.shipping_minor, 0)


async def test_the_acknowledgement_does_not_say_that_more_is_for_the_delivery_than_is_given(
    market: Market,
) -> None:
    order = await market.place()
    await given(market, order, 8170)
    market.clock.advance(2 * DAY)  # it is not shipped yet

    row = await act(market, ADA, withdrawals.confirm, (await drafted(market, order)).id)

    document = await Document.get(id=row.document_id)
    assert row.amount_minor == 300
    assert "To be refunded:   €3.00, of which €0.17 for the delivery" in document.content
