"""Races over one order: of two that exclude each other exactly one wins, each time (S1, S2)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from ordergraph.cancellations import actions as cancellations
from ordergraph.cancellations.models import Cancellation
from ordergraph.checkout import actions as checkout
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.chaining import BEGINNING, fingerprint
from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import GATEWAY, SYSTEM
from ordergraph.kernel.money import Money
from ordergraph.orders import actions as orders
from ordergraph.orders import paying, queries
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.gateways.protocol import CaptureReceipt
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.shipping import actions as shipping
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, LAMPS, NOON, OLGA, Market, line
from tests.races.pairs import at_once, in_turns, tally
from tests.states import order_in

ROUNDS = 50
Deed = Callable[[Tx], Awaitable[object]]


def _cancel(order: Order, reason: str = "other", **picked: int) -> Deed:
    async def deed(tx: Tx) -> None:
        lines = None
        if picked:
            (row,) = await OrderLine.filter(order_id=order.id)
            lines = {row.id: picked["pieces"]}
        request = cancellations.CancelRequest(
            order_id=order.id, reason_handle=reason, note="", picked=lines
        )
        await cancellations.cancel(tx, request)

    return deed


def _ship(order: Order) -> Deed:
    shipment = orders.Shipment(carrier="Post", tracking_number="T1", promised_at=None)
    return lambda tx: shipping.ship(tx, order.id, shipment)


async def _told(order: Order) -> list[str]:
    """The timeline, which must still be gapless and prove itself."""
    before, types = BEGINNING, []
    rows = await EventRow.filter(order_id=order.id).order_by("position")
    for position, row in enumerate(rows, start=1):
        assert row.position == position
        assert row.hash == fingerprint(row, before)
        before = row.hash
        types.append(row.type)
    return types


async def test_cancel_and_ship_at_once_exactly_one_wins(market: Market) -> None:
    """S1."""
    outcomes = []
    for number in range(ROUNDS):
        order = await market.place()
        deeds = in_turns(number, (ADA, _cancel(order)), (LAMPS, _ship(order)))
        outcomes.append(await at_once(market, *deeds))
        await order.refresh_from_db()
        canceled = order.status is OrderStatus.CANCELED
        assert canceled is not (order.status is OrderStatus.SHIPPED)
        assert await Refund.filter(order_id=order.id).count() == int(canceled)
        assert await _told(order) == [
            "order.placed",
            "order.paid",
            *(["order.canceled", "refund.scheduled"] if canceled else ["order.shipped"]),
        ]

    assert set(tally(outcomes)) <= {
        ("OrderAlreadyShipped", "done"),
        ("OrderAlreadyCanceled", "done"),
    }


@pytest.mark.parametrize("second", [ADA, LAMPS], ids=["a double tap", "buyer and seller"])
async def test_two_cancels_at_once_make_one_cancellation_and_one_refund(
    market: Market, second: object
) -> None:
    """S2."""
    outcomes = []
    for _ in range(ROUNDS):
        order = await market.place()
        deeds = [(ADA, _cancel(order)), (second, _cancel(order))]
        outcomes.append(await at_once(market, *deeds))  # type: ignore[arg-type]  # both are actors
        assert await Cancellation.filter(order_id=order.id).count() == 1
        refund = await Refund.get(order_id=order.id)
        assert refund.amount_minor == order.total_minor
        assert (await _told(order)).count("order.canceled") == 1

    assert tally(outcomes) == {("OrderAlreadyCanceled", "done"): ROUNDS}


async def test_twelve_cancels_at_once_make_one_refund(market: Market) -> None:
    order = await market.place()

    outcomes = await at_once(market, *[(ADA, _cancel(order))] * 12)

    assert sorted(outcomes) == ["OrderAlreadyCanceled"] * 11 + ["done"]
    assert await Refund.filter(order_id=order.id).count() == 1


@pytest.mark.parametrize(
    ("early", "answer"),
    [(timedelta(microseconds=1), "done"), (timedelta(), "CancelWindowClosed")],
    ids=["in time", "too late"],
)
async def test_at_the_end_of_the_window_the_moment_counts_and_not_who_comes_first(
    market: Market, early: timedelta, answer: str
) -> None:
    """S5: the worker's clock has reached the end, and says so in the same moment."""
    worker = Market()
    worker.clock.at = NOON + DAY
    in_time = answer == "done"
    for _ in range(ROUNDS):
        market.clock.at = NOON
        order = await market.place()
        market.clock.at = NOON + DAY - early

        (said,), _ = await asyncio.gather(
            at_once(market, (ADA, _cancel(order))),
            sweep(worker.edge, named("order.cancel_window")),
        )

        assert said == answer
        assert await Refund.filter(order_id=order.id).count() == int(in_time)
        told = [kind for kind in await _told(order) if kind != "order.cancel_window_closed"]
        canceled = ["order.canceled", "refund.scheduled"] if in_time else []
        assert told == ["order.placed", "order.paid", *canceled]


async def test_pieces_that_are_canceled_at_once_are_counted_once_each(market: Market) -> None:
    """Five pieces, six tries of one piece: the sixth finds nothing left."""
    order = await market.place(line(quantity=5, price="3.33", discount=1))

    outcomes = await at_once(market, *[(ADA, _cancel(order, pieces=1))] * 6)

    assert sorted(outcomes) == ["OrderAlreadyCanceled", *["done"] * 5]
    (row,) = await OrderLine.filter(order_id=order.id)
    payment = await Payment.get(order_id=order.id)
    assert row.canceled_quantity == 5
    assert payment.refund_reserved_minor == row.refunded_minor + 490 == order.total_minor


async def test_a_part_and_the_whole_at_once_never_give_back_more_than_was_paid(
    market: Market,
) -> None:
    for number in range(ROUNDS // 5):
        order = await market.place()
        deeds = in_turns(number, (ADA, _cancel(order, pieces=1)), (OLGA, _cancel(order)))
        await at_once(market, *deeds)
        refunds = await Refund.filter(order_id=order.id)
        await order.refresh_from_db()
        assert order.status is OrderStatus.CANCELED
        assert sum(refund.amount_minor for refund in refunds) == order.total_minor


async def test_a_confirmation_and_the_clock_at_once_deliver_once(market: Market) -> None:
    async def presumed(tx: Tx) -> None:
        held, _ = await queries.lock(tx, order.id)
        await orders.presume_delivered(tx, held)

    for number in range(10):
        order = await order_in(market, OrderStatus.SHIPPED)
        confirm: Deed = lambda tx, id_=order.id: orders.confirm_receipt(tx, id_)  # noqa: E731
        outcome = await at_once(market, *in_turns(number, (ADA, confirm), (SYSTEM, presumed)))

        assert sorted(outcome) == ["WrongState", "done"]
        assert (await _told(order)).count("order.delivered") == 1


async def test_money_that_arrives_as_the_order_expires_is_never_lost(market: Market) -> None:
    """Either it is paid, or it expired and the money goes straight back."""
    for number in range(10):
        order = await market.place(paid=False)
        receipt = CaptureReceipt("late", Money(order.total_minor, "EUR"))

        async def recorded(tx: Tx, order: Order = order, receipt: CaptureReceipt = receipt) -> None:
            await checkout.record(tx, order.id, receipt)

        async def expired(tx: Tx, order: Order = order) -> None:
            held, _ = await queries.lock(tx, order.id)
            await paying.expire(tx, held)

        await at_once(market, *in_turns(number, (GATEWAY, recorded), (SYSTEM, expired)))

        await order.refresh_from_db()
        refunds = await Refund.filter(order_id=order.id)
        assert len(refunds) == int(order.status is OrderStatus.EXPIRED)
        assert (await Payment.get(order_id=order.id)).captured_minor == order.total_minor


async def test_two_workers_expire_an_order_once(market: Market) -> None:
    order = await market.place(paid=False)
    market.clock.advance(timedelta(minutes=30))
    errand = named_errand("order.payment_due")

    await asyncio.gather(*(run_errands(market.cashier, errand) for _ in range(3)))

    assert await _told(order) == ["order.placed", "order.expired"]
