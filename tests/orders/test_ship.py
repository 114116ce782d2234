"""Shipping, delivering, confirming: what people do with a parcel."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph.orders import queries
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from tests.market import ADA, DAY, LAMPS, NOON, OLGA, Market
from tests.orders.commands import do
from tests.states import order_in
from tests.watching import snapshot


async def _types(order: Order) -> list[str]:
    return [row.type for row in await queries.timeline(order.id).order_by("position")]


async def test_shipping_ends_the_cancel_window_at_once(market: Market) -> None:
    order = await market.place()

    await do(market, LAMPS, "SHIP", order)

    await order.refresh_from_db()
    assert order.shipped_at == NOON
    answer = await do(market, ADA, "CANCEL", order)
    assert answer["__typename"] == "OrderAlreadyShippedError"
    assert answer["shippedAt"] == "2026-11-23T12:00:00.000Z"
    assert (answer["carrier"], answer["trackingNumber"]) == ("Post", "T1")


async def test_a_promised_date_is_when_the_parcel_counts_as_delivered(market: Market) -> None:
    order = await market.place()

    await do(market, LAMPS, "SHIP", order, promisedAt="2026-11-26T18:00:00+01:00")

    await order.refresh_from_db()
    assert order.promised_at == order.presumed_delivered_at == NOON + timedelta(days=3, hours=5)


async def test_a_promise_cannot_put_off_the_delivery_for_longer_than_the_policy_says(
    market: Market,
) -> None:
    order = await market.place()
    order.policy_numbers = {**order.policy_numbers, "promised_max_s": 3 * 86_400}
    await order.save(update_fields=["policy_numbers"])

    refused = await do(market, LAMPS, "SHIP", order, promisedAt="2026-11-26T12:00:01Z")
    done = await do(market, LAMPS, "SHIP", order, promisedAt="2026-11-26T12:00:00Z")

    assert refused["message"] == "promisedAt: at most 3d ahead."
    assert done["__typename"] == "OrderShipSuccess"


async def test_without_a_promise_the_parcel_counts_as_delivered_after_thirty_days(
    market: Market,
) -> None:
    order = await market.place()

    await do(market, LAMPS, "SHIP", order)

    await order.refresh_from_db()
    assert order.presumed_delivered_at == NOON + 30 * DAY


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"promisedAt": "2026-11-23T12:00:00Z"}, "promisedAt"),
        ({"promisedAt": "2020-01-01T00:00:00Z"}, "promisedAt"),
        ({"promisedAt": "2027-01-22T12:00:01Z"}, "promisedAt"),  # in more than sixty days
        ({"promisedAt": "2036-01-01T00:00:00Z"}, "promisedAt"),
        ({"carrier": ""}, "carrier"),
        ({"carrier": "x" * 61}, "carrier"),
        ({"carrier": "Po\u0000st"}, "carrier"),
        ({"trackingNumber": "  "}, "trackingNumber"),
        ({"trackingNumber": "x" * 81}, "trackingNumber"),
        ({"trackingNumber": "\u202e123"}, "trackingNumber"),
    ],
)
async def test_a_shipment_that_cannot_be_is_refused_by_its_field(
    market: Market, changes: dict[str, Any], field: str
) -> None:
    order = await market.place()
    before = await snapshot()

    answer = await do(market, LAMPS, "SHIP", order, **changes)

    assert answer["__typename"] == "InvalidInputError"
    assert answer["field"] == field
    assert await snapshot() == before


@pytest.mark.parametrize(
    ("actor", "kind", "by"),
    [
        (LAMPS, "MARK_DELIVERED", "SELLER"),
        (OLGA, "MARK_DELIVERED", "OPERATOR"),
        (ADA, "CONFIRM_RECEIPT", "BUYER"),
    ],
)
async def test_whoever_says_it_came_starts_the_protection(
    market: Market, actor: Any, kind: str, by: str
) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    market.clock.advance(2 * DAY)

    await do(market, actor, kind, order)

    await order.refresh_from_db()
    assert order.status is OrderStatus.DELIVERED
    assert order.delivered_at == NOON + 2 * DAY
    assert order.protection_ends_at == NOON + 17 * DAY
    assert order.delivered_by == by
    assert not order.proven_delivered


async def test_a_life_without_trouble_is_told_in_order(market: Market) -> None:
    order = await order_in(market, OrderStatus.COMPLETED)

    assert await _types(order) == [
        "order.placed",
        "order.paid",
        "order.shipped",
        "order.delivered",
        "order.completed",
    ]


async def test_every_change_counts_the_version_up(market: Market) -> None:
    order = await order_in(market, OrderStatus.COMPLETED)

    assert order.version == 5  # placed, paid, shipped, delivered, completed
