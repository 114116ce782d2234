"""Equal requests have equal fingerprints however they are written; unequal ones never have."""

from dataclasses import dataclass
from typing import Any

import pytest

from ordergraph.api.fingerprint import fingerprint
from ordergraph.infra.idempotency import IdempotencyKey
from tests.idempotency.deeds import BASKET, DEEDS, LAMP, do
from tests.market import Market, gid

SELLER = DEEDS["orderShip"].actor


@pytest.fixture
async def shipped(market: Market) -> dict[str, Any]:
    """Shipped under the key "k", promised for one moment."""
    order = await market.place()
    given = {
        "orderId": gid("Order", order.id),
        "carrier": "Pöst",
        "trackingNumber": "T1",
        "promisedAt": "2026-11-30T12:00:00Z",
    }
    answer = await do(market, "orderShip", given, "k")
    assert answer["__typename"] == "OrderShipSuccess"
    return given


NOON, ONE_IN_BERLIN = "2026-11-30T12:00:00.000Z", "2026-11-30T13:00:00+01:00"
# fmt: off
ALIKE = [
    # the same, written in other ways
    f'carrier: "Pöst", trackingNumber: "T1", promisedAt: "{NOON}", orderId: $id',
    f'promisedAt: "{ONE_IN_BERLIN}", orderId: $id, trackingNumber: "T1", carrier: "P\\u00f6st"',
    f'orderId: $id, carrier: """Pöst""", trackingNumber: "T1", promisedAt: "{NOON}"',
]
# fmt: on


@pytest.mark.parametrize("written", ALIKE)
async def test_literals_and_variables_in_any_order_are_the_same(
    market: Market, shipped: dict[str, Any], written: str
) -> None:
    text = f"mutation Do($id: ID!) {{ orderShip(input: {{ {written} }}) {{ __typename }} }}"

    done = await market.ask(SELLER, text, key="k", id=shipped["orderId"])

    assert done["orderShip"]["__typename"] == "OrderShipSuccess"


@pytest.mark.parametrize(
    "change",
    [
        {"carrier": "Po\u0308st"},  # the same letters, written otherwise: not the same text
        {"carrier": "pöst"},
        {"carrier": "Pöst "},
        {"promisedAt": None},
        {"promisedAt": "2026-11-30T12:00:00.001Z"},
        {"trackingNumber": "t1"},
    ],
)
async def test_the_least_difference_is_one(
    market: Market, shipped: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = await do(market, "orderShip", shipped | change, "k")

    assert answer["__typename"] == "IdempotencyError"


async def test_a_default_is_the_same_whether_it_is_said_or_not(market: Market) -> None:
    given = await DEEDS["orderCancel"].ready(market)
    await do(market, "orderCancel", given, "k")

    for said in ({"note": ""}, {"lines": None}, {"lines": None, "note": ""}):
        answer = await do(market, "orderCancel", given | said, "k")
        assert answer["__typename"] == "OrderCancelSuccess"
    empty = await do(market, "orderCancel", given | {"lines": []}, "k")
    assert empty["__typename"] == "IdempotencyError"


async def test_an_amount_is_the_same_however_many_zeros_it_has_and_the_order_of_lines_is_not(
    market: Market,
) -> None:
    await market.place()
    lines = [{**LAMP, "unitPrice": "10"}, {**LAMP, "sku": "L-2"}]
    first = await do(market, "orderPlace", {**BASKET, "lines": lines}, "k")

    zeros = [{**LAMP, "unitPrice": "10.00"}, {**LAMP, "sku": "L-2"}]
    alike = await do(market, "orderPlace", {**BASKET, "lines": zeros}, "k")
    turned = await do(market, "orderPlace", {**BASKET, "lines": lines[::-1]}, "k")

    assert alike == first
    assert turned["__typename"] == "IdempotencyError"


async def test_the_mutation_is_part_of_what_is_asked_for(market: Market) -> None:
    """Two mutations may take the same input."""
    order = await market.ship(await market.place())
    given = {"orderId": gid("Order", order.id)}
    await do(market, "orderMarkDelivered", given, "k")

    answer = await do(market, "orderConfirmReceipt", given, "k", SELLER)

    assert answer["__typename"] == "IdempotencyError"


async def test_a_fingerprint_is_a_hash_and_nothing_else(
    market: Market,  # noqa: ARG001  (it needs the database)
    shipped: dict[str, Any],  # noqa: ARG001  (something is kept)
) -> None:
    kept = await IdempotencyKey.all().get()

    assert len(kept.fingerprint) == 64
    assert set(kept.fingerprint) <= set("0123456789abcdef")


def test_what_is_no_input_has_no_fingerprint() -> None:
    with pytest.raises(AssertionError, match="is no input"):
        fingerprint({"input": object()})


@dataclass
class _Before:
    quantity: int


@dataclass
class _After:
    quantity: int
    token: str | None = None


def test_a_field_that_a_newer_version_adds_changes_no_fingerprint_until_it_is_used() -> None:
    """A phone may ask again after a deploy."""
    before, after, used = (
        fingerprint({"input": input_}) for input_ in (_Before(1), _After(1), _After(1, "tok"))
    )

    assert before == after != used
