"""The small market: each story ends where its title says, and everything fits together."""

from dataclasses import replace
from typing import Any

import pytest

from ordergraph.accounts.models import User
from ordergraph.deadlines import DEADLINES
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.notifications.models import Notification
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments.gateways import protocol
from ordergraph.personas import PERSONAS
from ordergraph.settings import PolicyOverrides
from ordergraph.sweeping import sweep
from ordergraph.telling import deliver
from ordergraph.wiring import Wiring
from seeds import load
from seeds.market import STORIES, open_market
from tests.market import ADA, BEN, NAMES, Market
from tests.seeds.audit import faults

PURCHASES = """
{ viewer { purchases(first: 50) { edges { node {
    number seller { externalId } total { currencyCode } status canCancel
    refunds { status cause } dispute { status outcome } } } } } }"""

# fmt: off
PROMISED = [
    # buyer  seller           in     order         can cancel  refunds                    dispute
    ("ada", "nordic-lamps",  "EUR", "PROCESSING",  True,  [],                             None),
    ("ada", "nordic-lamps",  "EUR", "PROCESSING",  True,  ["CANCELLATION SCHEDULED"],     None),
    ("ada", "nordic-lamps",  "EUR", "SHIPPED",     False, [],                             None),
    ("ada", "nordic-lamps",  "EUR", "CANCELED",    False, ["CANCELLATION SUCCEEDED"],     None),
    ("ada", "nordic-lamps",  "EUR", "DELIVERED",   False, [],                             "AWAITING_SELLER"),
    ("ada", "nordic-lamps",  "EUR", "COMPLETED",   False, ["DISPUTE SUCCEEDED"],          "REFUNDED_PARTIAL"),
    ("ada", "paper-and-ink", "EUR", "PROCESSING",  True,  [],                             None),
    ("ada", "paper-and-ink", "EUR", "DELIVERED",   False, [],                             None),
    ("ada", "paper-and-ink", "EUR", "DELIVERED",   False, ["DISPUTE SCHEDULED"],          "REFUNDED_FULL"),
    ("ada", "paper-and-ink", "EUR", "COMPLETED",   False, [],                             None),
    ("ada", "paper-and-ink", "GBP", "CANCELED",    False, ["CANCELLATION SCHEDULED"],     None),
    ("ben", "nordic-lamps",  "USD", "PROCESSING",  False, [],                             None),
    ("ben", "nordic-lamps",  "KWD", "DELIVERED",   False, [],                             None),
    ("ben", "nordic-lamps",  "KWD", "DELIVERED",   False, [],                             "AWAITING_BUYER"),
    ("ben", "nordic-lamps",  "EUR", "CANCELED",    False, ["CANCELLATION SUCCEEDED"],     None),
    ("ben", "paper-and-ink", "JPY", "PROCESSING",  True,  [],                             None),
    ("ben", "paper-and-ink", "JPY", "CANCELED",    False, ["CANCELLATION SUCCEEDED"],     None),
    ("ben", "paper-and-ink", "JPY", "DELIVERED",   False, [],                             "UNDER_REVIEW"),
    ("ben", "paper-and-ink", "USD", "CANCELED",    False, ["CANCELLATION SUCCEEDED"],     None),
    ("ben", "paper-and-ink", "GBP", "EXPIRED",     False, [],                             None),
]
# fmt: on


@pytest.fixture
async def opened(wiring: Wiring) -> Wiring:
    """A process that has opened the market."""
    assert await load(wiring, market=True) == f"policy 1; {len(STORIES)} new orders"
    return wiring


def _seen(buyer: str, node: dict[str, Any]) -> tuple[object, ...]:
    dispute = node["dispute"]
    return (
        buyer,
        node["seller"]["externalId"],
        node["total"]["currencyCode"],
        node["status"],
        node["canCancel"],
        [f"{refund['cause']} {refund['status']}" for refund in node["refunds"]],
        dispute and (dispute["outcome"] or dispute["status"]),
    )


async def test_every_story_ends_in_the_state_that_it_promises(
    opened: Wiring,  # noqa: ARG001  (it has opened the market)
    market: Market,
) -> None:
    found = []
    for buyer in (ADA, BEN):
        answer = await market.ask(buyer, PURCHASES)
        edges = answer["viewer"]["purchases"]["edges"]
        found += [_seen(NAMES[buyer], edge["node"]) for edge in edges]

    assert sorted(found, key=repr) == sorted(PROMISED, key=repr)


async def test_the_books_balance_and_nothing_is_overdue(opened: Wiring, market: Market) -> None:
    assert await faults(market.clock.at) == {}
    assert [await sweep(opened.edge, deadline) for deadline in DEADLINES] == [0] * len(DEADLINES)


async def test_nothing_has_happened_after_now(opened: Wiring, market: Market) -> None:  # noqa: ARG001  (it has opened the market)
    late = await EventRow.filter(occurred_at__gt=market.clock.at).count()

    assert late == 0
    assert await Order.filter(placed_at__gt=market.clock.at).count() == 0


async def test_everyone_is_told_in_the_order_in_which_it_happened(
    opened: Wiring, market: Market
) -> None:
    assert await OutboxRow.all().count() == await EventRow.all().count()

    while await deliver(opened.hub, opened.edge.clock, limit=1_000):
        pass

    assert ADA.user_id is not None
    told = await Notification.filter(user_id=ADA.user_id).order_by("position")
    moments = [row.created_at for row in told]
    assert len(moments) > 10
    assert moments == sorted(moments)
    assert moments[-1] <= market.clock.at


async def test_amounts_come_with_no_two_and_three_decimals_and_discounts(opened: Wiring) -> None:  # noqa: ARG001  (it has opened the market)
    currencies = {order.currency for order in await Order.all()}

    assert {EXPONENTS[currency] for currency in currencies} == {0, 2, 3}
    assert await OrderLine.filter(discount_minor__gt=0).count() > 5
    assert await OrderLine.filter(tax_minor__gt=0).count() > 5


async def test_every_persona_is_known_by_name(opened: Wiring) -> None:  # noqa: ARG001  (it has opened the market)
    known = {row.external_id: row.display_name for row in await User.all()}

    assert known == {someone.name: someone.display_name for someone in PERSONAS}


async def test_opening_it_again_adds_nothing(opened: Wiring) -> None:
    before = await EventRow.all().count()

    again = await load(opened, market=True)

    assert again == "policy 1; 0 new orders"
    assert await Order.all().count() == len(STORIES)
    assert await EventRow.all().count() == before


async def test_it_stays_away_from_orders_that_are_there(wiring: Wiring, market: Market) -> None:
    await market.place()

    opened = await open_market(wiring)

    assert opened == 0
    assert await Order.all().count() == 1


@pytest.mark.parametrize(
    "numbers",
    [
        {"cancel_window_s": 60, "refund_delay_s": 120},
        {"cancel_window_s": 0},
        {"ship_by_s": 0, "refund_delay_s": 0},
        {"protection_s": 86_400, "seller_response_s": 3_600, "presumed_delivered_s": 7_200},
    ],
    ids=str,
)
async def test_it_opens_under_other_numbers_too(
    wiring: Wiring, market: Market, numbers: dict[str, int]
) -> None:
    overrides = PolicyOverrides.model_validate(numbers)
    settings = wiring.settings.model_copy(update={"policy": overrides})

    said = await load(replace(wiring, settings=settings), market=True)

    assert said == f"policy 1; {len(STORIES)} new orders"
    assert await faults(market.clock.at) == {}


class Bank:
    """As much of a real gateway as anybody gets to see."""

    real_money = True

    def __init__(self, *_: object) -> None: ...


async def test_a_gateway_that_moves_real_money_gets_no_made_up_orders(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "load", lambda _: Bank)

    with pytest.raises(AssertionError, match="real money"):
        await open_market(wiring)

    assert await Order.all().count() == 0
