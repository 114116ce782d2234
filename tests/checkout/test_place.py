"""Placing an order: what is written down, and what is refused before anything is."""

from dataclasses import replace
from typing import Any

import pytest

from ordergraph.accounts.models import User
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders.models import Order
from ordergraph.transports.front import ONCE
from ordergraph.transports.operation import Operation
from tests.market import ADA, BEN, LAMPS, OLGA, Market
from tests.orders.commands import NO
from tests.scripted import cashier
from tests.watching import snapshot

PLACE = (
    """mutation Place($input: OrderPlaceInput!) { orderPlace(input: $input) {
  __typename ...No ... on OrderPlaceSuccess { order {
    id number status paymentStatus placedAt cancelableUntil
    total { amount currencyCode } shipping { amount } buyer { displayName externalId } seller { externalId }
    lines { sku title quantity canceledQuantity returnedQuantity unitPrice { amount }
      discount { amount } tax { amount } paid { amount } refunded { amount } } } } } }"""
    + NO
)
LAMP = {"sku": "L-1", "title": "Lamp", "quantity": 2, "unitPrice": "39.90"}


def _basket(**changes: Any) -> dict[str, Any]:
    return {"sellerExternalId": "nordic-lamps", "currency": "EUR", "lines": [LAMP], **changes}


def _line(**changes: Any) -> dict[str, Any]:
    return _basket(lines=[{**LAMP, **changes}])


async def _place(market: Market, actor: Actor = ADA, **changes: Any) -> Any:
    return (await market.ask(actor, PLACE, input=_basket(**changes)))["orderPlace"]


@pytest.fixture
async def known(market: Market) -> Market:
    """A market that has met its seller."""
    await market.place()
    return market


async def test_a_basket_becomes_a_paid_order(known: Market) -> None:
    done = await _place(
        known, shipping="4.90", lines=[{**LAMP, "discount": "5.00", "tax": "11.94"}]
    )

    order = done["order"]
    assert (order["status"], order["paymentStatus"]) == ("PROCESSING", "PAID")
    assert order["total"] == {"amount": "79.70", "currencyCode": "EUR"}
    assert order["shipping"] == {"amount": "4.90"}
    assert order["placedAt"] == "2026-11-23T12:00:00.000Z"
    assert order["cancelableUntil"] == "2026-11-24T12:00:00.000Z"
    assert order["buyer"] == {"displayName": "Ada", "externalId": "ada"}
    assert order["lines"] == [
        {
            "sku": "L-1",
            "title": "Lamp",
            "quantity": 2,
            "canceledQuantity": 0,
            "returnedQuantity": 0,
            "unitPrice": {"amount": "39.90"},
            "discount": {"amount": "5.00"},
            "tax": {"amount": "11.94"},
            "paid": {"amount": "74.80"},
            "refunded": {"amount": "0.00"},
        }
    ]


async def test_without_an_answer_of_the_gateway_the_order_is_placed_and_unpaid(
    known: Market,
) -> None:
    teller, _ = cashier(known, "cut")
    known.desk = replace(known.desk, cashier=teller)

    done = await _place(known)

    assert (done["order"]["status"], done["order"]["paymentStatus"]) == (
        "PENDING_PAYMENT",
        "UNPAID",
    )


async def test_the_policy_of_the_moment_is_frozen_into_the_order(known: Market) -> None:
    async with known.edge.transaction(OLGA) as tx:
        version = await marketplace.publish(tx, Policy(cancel_window_s=60))

    done = await _place(known)

    order = await Order.get(number=done["order"]["number"])
    assert order.policy_version == version
    assert done["order"]["cancelableUntil"] == "2026-11-23T12:01:00.000Z"


async def test_an_operator_places_for_a_buyer_and_a_seller_whom_nobody_knew(
    market: Market,
) -> None:
    done = await _place(market, OLGA, buyerExternalId="carla", sellerExternalId="new-shop")

    assert done["order"]["buyer"] == {"displayName": "carla", "externalId": "carla"}
    assert done["order"]["seller"] == {"externalId": "new-shop"}
    assert await User.filter(external_id__in=["carla", "new-shop"]).count() == 2


async def test_a_name_that_the_token_brings_is_what_people_are_called_from_now_on(
    known: Market,
) -> None:
    await _place(known, OLGA, buyerExternalId="ben")
    assert (await User.get(external_id="ben")).display_name == "ben"

    await _place(known, BEN)
    await _place(known, OLGA, buyerExternalId="ben")

    assert (await User.get(external_id="ben")).display_name == "Ben"


@pytest.mark.parametrize(
    ("actor", "changes", "kind"),
    [
        (ADA, {"buyerExternalId": "ben"}, "NotAllowedError"),
        (LAMPS, {}, "NotAllowedError"),
        (OLGA, {}, "NotAllowedError"),
        (Actor(frozenset(), ADA.user_id), {}, "NotAllowedError"),
        (ADA, {"sellerExternalId": "nobody-knows"}, "NotFoundError"),
        (OLGA, {"buyerExternalId": "nordic-lamps"}, "InvalidInputError"),
    ],
)
async def test_who_may_not_place_it_is_told_so_and_nothing_is_stored(
    known: Market, actor: Actor, changes: dict[str, Any], kind: str
) -> None:
    before = await snapshot()

    answer = await _place(known, actor, **changes)

    assert answer["__typename"] == kind
    assert await snapshot() == before


async def _real(market: Market) -> None:
    """From here on the gateway moves real money."""
    teller, gateway = cashier(market)
    gateway.real_money = True
    market.desk = replace(market.desk, cashier=teller)


async def test_where_real_money_moves_no_buyer_names_the_price(known: Market) -> None:
    await _real(known)
    before = await snapshot()

    answer = await _place(known, lines=[{**LAMP, "unitPrice": "0.01"}])

    assert (answer["__typename"], answer["action"]) == ("NotAllowedError", "PLACE")
    assert await snapshot() == before


async def test_where_real_money_moves_the_marketplace_places_orders_for_its_buyers(
    market: Market,
) -> None:
    await _real(market)

    done = await _place(market, OLGA, buyerExternalId="ada")

    assert done["order"]["status"] == "PROCESSING"


async def test_an_operator_who_buys_may_name_a_price_for_themselves_too(known: Market) -> None:
    await _real(known)
    both = Actor(frozenset({Role.BUYER, Role.OPERATOR}), ADA.user_id)

    assert (await _place(known, both))["__typename"] == "OrderPlaceSuccess"


async def test_nobody_buys_from_themselves(known: Market) -> None:
    both = Actor(frozenset({Role.BUYER, Role.SELLER}), LAMPS.user_id)
    context = known.context(both)
    assert context.identity is not None
    context.identity = replace(context.identity, external_id="nordic-lamps")
    before = await snapshot()

    asked = Operation(PLACE, {"input": _basket()}, None, None)
    result = await known.front.run(asked, context, ONCE)

    assert result.data["orderPlace"]["field"] == "sellerExternalId"
    assert await snapshot() == before


# fmt: off
WRONG = [
    (_basket(lines=[]),                                       "lines"),
    (_basket(lines=[LAMP] * 101),                             "lines"),
    (_line(unitPrice="0"),                                    "lines"),             # nothing to pay
    (_line(unitPrice="45035996273704.96"),                    "lines"),             # beyond 2^53
    (_line(quantity=10_000, unitPrice="90071992547409.91"),   "lines"),
    (_line(quantity=0),                                       "lines.0.quantity"),
    (_line(quantity=-1),                                      "lines.0.quantity"),
    (_line(quantity=10_001),                                  "lines.0.quantity"),
    (_line(unitPrice="-0.01"),                                "lines.0.unitPrice"),
    (_line(discount="-1"),                                    "lines.0.discount"),
    (_line(discount="79.81"),                                 "lines.0.discount"),
    (_line(tax="-1"),                                         "lines.0.tax"),
    (_line(tax="79.81"),                                      "lines.0.tax"),
    (_line(sku=" "),                                          "lines.0.sku"),
    (_line(sku="x" * 81),                                     "lines.0.sku"),
    (_line(title=""),                                         "lines.0.title"),
    (_line(title="x" * 201),                                  "lines.0.title"),
    (_line(title="Lamp\x00"),                                 "lines.0.title"),
    (_basket(lines=[LAMP, {**LAMP, "quantity": 0}]),          "lines.1.quantity"),
    (_basket(shipping="-4.90"),                               "shipping"),
    (_basket(sellerExternalId=""),                            "sellerExternalId"),
    (_basket(sellerExternalId="x" * 256),                     "sellerExternalId"),
    (_basket(sellerExternalId="a\x00"),                       "sellerExternalId"),
]
# fmt: on


@pytest.mark.parametrize(("basket", "field"), WRONG)
async def test_what_can_be_read_but_not_accepted_is_refused_by_its_field(
    known: Market, basket: dict[str, Any], field: str
) -> None:
    before = await snapshot()

    answer = (await known.ask(ADA, PLACE, input=basket))["orderPlace"]

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", field)
    assert await snapshot() == before


async def test_the_largest_total_is_placed_exactly(known: Market) -> None:
    done = await _place(known, lines=[{**LAMP, "quantity": 1, "unitPrice": "90071992547409.91"}])

    assert done["order"]["total"]["amount"] == "90071992547409.91"


async def test_an_order_that_fails_half_way_leaves_nothing(known: Market) -> None:
    """The buyer's first order makes their user row: it goes with the rest."""
    before = await snapshot()

    await _place(known, BEN, lines=[{**LAMP, "quantity": 0}])

    assert await snapshot() == before
    assert not await User.exists(external_id="ben")
