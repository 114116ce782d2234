"""Races over a late request: of all who answer it at once exactly one does (S3)."""

import asyncio
from datetime import timedelta

import pytest

from ordergraph.cancellations import actions, requests
from ordergraph.cancellations.models import Cancellation
from ordergraph.cancellations.process import CancellationStatus
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor
from ordergraph.orders.actions import Shipment
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.shipping import actions as shipping
from ordergraph.sweeping import sweep
from tests.cancellations.late import SILENCE, allow_requests, asked
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.races.pairs import Deed, at_once, in_turns

ROUNDS = 8


async def _asked(market: Market) -> tuple[Order, Cancellation]:
    order = await market.place()
    assert order.cancelable_until is not None
    market.clock.at = max(market.clock.at, order.cancelable_until)
    return order, await asked(market, order)


def _approve(request: Cancellation) -> Deed:
    return lambda tx: requests.approve(tx, request.id)


def _reject(request: Cancellation) -> Deed:
    return lambda tx: requests.reject(tx, request.id, "")


def _withdraw(request: Cancellation) -> Deed:
    return lambda tx: requests.withdraw(tx, request.id)


def _ship(request: Cancellation) -> Deed:
    parcel = Shipment(carrier="Post", tracking_number="T1", promised_at=None)
    return lambda tx: shipping.ship(tx, request.order_id, parcel)


def _cancel(request: Cancellation) -> Deed:
    whole = actions.CancelRequest(
        order_id=request.order_id, reason_handle="other", note="", picked=None
    )
    return lambda tx: actions.cancel(tx, whole)


async def _holds(order: Order, request: Cancellation) -> None:
    """Whatever won: one end, money promised exactly when the order is canceled, nothing open."""
    await order.refresh_from_db()
    await request.refresh_from_db()
    canceled = order.status is OrderStatus.CANCELED
    assert request.status is not CancellationStatus.REQUESTED
    assert canceled is not (order.shipped_at is not None) or order.status is OrderStatus.PROCESSING
    assert await Refund.filter(order_id=order.id).count() == int(canceled)
    payment = await Payment.get(order_id=order.id)
    assert payment.refund_reserved_minor == (order.total_minor if canceled else 0)
    ends = EventRow.filter(order_id=order.id, type__contains="cancellation_")
    assert await ends.count() == 2  # requested, and how it ended


@pytest.mark.parametrize(
    ("first", "second", "loser"),
    [
        ((LAMPS, _approve), (ADA, _withdraw), "WrongState"),
        ((LAMPS, _approve), (OLGA, _reject), "WrongState"),
        ((LAMPS, _approve), (LAMPS, _approve), "WrongState"),
        ((LAMPS, _reject), (ADA, _withdraw), "WrongState"),
    ],
    ids=["approve x withdraw", "approve x reject", "a double tap", "reject x withdraw"],
)
async def test_of_two_answers_at_once_one_counts(
    market: Market, first: tuple[Actor, object], second: tuple[Actor, object], loser: str
) -> None:
    await allow_requests(market)
    for number in range(ROUNDS):
        order, request = await _asked(market)
        deeds = [(actor, make(request)) for actor, make in (first, second)]  # type: ignore[operator]  # makes a deed

        outcome = await at_once(market, *in_turns(number, *deeds))

        assert sorted(outcome) == [loser, "done"]
        await _holds(order, request)


@pytest.mark.parametrize(
    ("actor", "make", "losers"),
    [
        (LAMPS, _approve, {"WrongState", "OrderAlreadyCanceled"}),
        (ADA, _withdraw, {"WrongState"}),
        (OLGA, _cancel, {"OrderAlreadyShipped", "OrderAlreadyCanceled"}),
    ],
    ids=["approve", "withdraw", "cancel"],
)
async def test_shipping_and_something_else_at_once_leave_no_request_open(
    market: Market, actor: Actor, make: object, losers: set[str]
) -> None:
    """A withdrawal that comes first lets the parcel go; everything else excludes it."""
    await allow_requests(market)
    for number in range(ROUNDS):
        order, request = await _asked(market)
        deeds = in_turns(number, (LAMPS, _ship(request)), (actor, make(request)))  # type: ignore[operator]  # makes a deed

        outcome = await at_once(market, *deeds)

        assert "done" in outcome
        assert set(outcome) - {"done"} <= losers
        await _holds(order, request)


async def test_workers_and_the_seller_at_the_end_of_the_silence_grant_it_once(
    market: Market,
) -> None:
    await allow_requests(market)
    for number in range(ROUNDS):
        order, request = await _asked(market)
        assert request.response_due_at is not None
        market.clock.at = request.response_due_at - timedelta(microseconds=number % 2)
        if number % 2 == 0:
            sweeps = [sweep(market.edge, SILENCE) for _ in range(2)]
            await asyncio.gather(at_once(market, (LAMPS, _reject(request))), *sweeps)
            await sweep(market.edge, SILENCE)
        else:
            await at_once(market, (LAMPS, _reject(request)), (ADA, _withdraw(request)))

        await _holds(order, request)


async def test_a_buyer_who_taps_twelve_times_asks_once(market: Market) -> None:
    await allow_requests(market)
    order = await market.place()
    market.clock.advance(2 * DAY)
    wish = actions.CancelRequest(order_id=order.id, reason_handle="other", note="", picked=None)

    outcomes = await at_once(market, *[(ADA, lambda tx: actions.cancel(tx, wish))] * 12)

    assert sorted(outcomes) == ["CancellationAlreadyRequested"] * 11 + ["done"]
    assert await Cancellation.filter(order_id=order.id).count() == 1
