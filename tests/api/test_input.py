"""Arguments that cannot be read: BAD_USER_INPUT, the place named, nothing stored."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strawberry.relay import GlobalID
from structlog.testing import capture_logs

from ordergraph.api import scalars
from ordergraph.api.ids import peek, uuid_of
from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.money import LARGEST_MINOR, Money
from ordergraph.kernel.refusal import NotFound
from tests.api.doors import bearer, http
from tests.market import ADA, LAMPS, Market, gid
from tests.watching import snapshot

PLACE = """mutation Place($input: OrderPlaceInput!) { orderPlace(input: $input) { __typename } }"""
SHIP = """mutation Ship($input: OrderShipInput!) { orderShip(input: $input) { __typename } }"""
GARBAGE = ["garbage", "", "::::", "\x00", "x" * 10_000]


def _basket(**line: Any) -> dict[str, Any]:
    usual = {"sku": "a", "title": "A", "quantity": 1, "unitPrice": "1.00"}
    return {
        "sellerExternalId": "nordic-lamps",
        "currency": line.pop("currency", "EUR"),
        "lines": [{**usual, **line}],
    }


# fmt: off
WRONG = [
    (_basket(unitPrice=1.5),                 "unitPrice"),   # a JSON number may have lost a cent already
    (_basket(unitPrice=1),                   "unitPrice"),
    (_basket(unitPrice=True),                "unitPrice"),
    (_basket(unitPrice="1,50"),              "unitPrice"),
    (_basket(unitPrice="1_000"),             "unitPrice"),
    (_basket(unitPrice="NaN"),               "unitPrice"),
    (_basket(unitPrice="-Infinity"),         "unitPrice"),
    (_basket(unitPrice="0x10"),              "unitPrice"),
    (_basket(unitPrice=""),                  "unitPrice"),
    (_basket(unitPrice=None),                "unitPrice"),
    (_basket(unitPrice="1" * 41),            "unitPrice"),
    (_basket(unitPrice=["1.00"]),            "unitPrice"),
    (_basket(unitPrice="1e19"),              "unitPrice"),   # no BIGINT holds it in any currency
    (_basket(unitPrice="1e999999"),          "unitPrice"),
    (_basket(unitPrice="1e-999999"),         "unitPrice"),
    (_basket(unitPrice="1e1000000"),         "unitPrice"),   # from here on our own arithmetic overflows
    (_basket(unitPrice="-1E+999999999"),     "unitPrice"),
    (_basket(unitPrice="1e-1000000000"),     "unitPrice"),
    (_basket(unitPrice="0e1000000"),         "unitPrice"),
    (_basket(unitPrice="1e9" + "9" * 30),    "unitPrice"),
    (_basket(discount="1e1000000"),          "discount"),
    (_basket(discount={}),                   "discount"),
    (_basket(quantity="1"),                  "quantity"),
    (_basket(quantity=1.5),                  "quantity"),
    (_basket(quantity=2**31),                "quantity"),
    (_basket(title=5),                       "title"),
    (_basket(currency="XXX"),                "currency"),
    (_basket(currency="eur"),                "currency"),
    (_basket(currency=978),                  "currency"),
    (_basket(currency=None),                 "currency"),
    (_basket(status="COMPLETED"),            "status"),      # A4: there is no such input
    ({**_basket(), "totalMinor": 1},         "totalMinor"),
    ({},                                     "sellerExternalId"),
]
# fmt: on


@pytest.mark.parametrize(("basket", "where"), WRONG)
async def test_an_argument_that_cannot_be_read_is_named_and_nothing_is_stored(
    market: Market, basket: dict[str, Any], where: str
) -> None:
    before = await snapshot()

    result = await market.execute(ADA, PLACE, input=basket)

    assert {error.extensions["code"] for error in result.errors} == {"BAD_USER_INPUT"}
    assert any(where in error.message for error in result.errors)
    assert result.data is None
    assert await snapshot() == before


@pytest.mark.parametrize(
    ("price", "currency"),
    [("0.001", "EUR"), ("1.5", "JPY"), ("0.0001", "KWD"), ("0." + "9" * 30, "EUR"), ("1e18", "EUR"),
     ("1e-18", "EUR"), ("9" * 19, "JPY"), ("90071992547409.92", "EUR")],
)  # fmt: skip
async def test_an_amount_that_is_not_exact_is_refused_with_its_path(
    market: Market, price: str, currency: str
) -> None:
    await market.place()
    before = await snapshot()

    result = await market.execute(ADA, PLACE, input=_basket(unitPrice=price, currency=currency))

    (error,) = result.errors
    assert error.extensions["code"] == "BAD_USER_INPUT"
    assert error.path == ["orderPlace"]
    assert currency in error.message
    assert await snapshot() == before


@pytest.mark.parametrize("amount", ["1e1000000", "1E+999999999", "-1e-1000000"])
@pytest.mark.parametrize("variable", [False, True])
async def test_an_amount_that_nobody_can_write_out_is_refused_at_every_door(
    market: Market, amount: str, variable: bool
) -> None:
    """A key's fingerprint is made of it before the resolver sees it."""
    dispute = gid("Dispute", uuid4())
    given, declared = ("$amount", "($amount: Decimal!)") if variable else (f'"{amount}"', "")
    asked = f'disputeLimitSet(input: {{disputeId: "{dispute}", amount: {given}}}) {{ __typename }}'
    body = {"query": f"mutation M{declared} {{ {asked} }}", "variables": {"amount": amount}}
    with capture_logs() as logs:
        async with http(market) as line:
            headers = {**bearer("ada"), "idempotency-key": str(uuid4())}
            answer = await line.post("/graphql", json=body, headers=headers)

    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert amount in error["message"]
    assert not [entry for entry in logs if entry["log_level"] == "error"]


@pytest.mark.parametrize(
    "moment",
    [
        "tomorrow",
        "2026-12-01",
        "2026-12-01T12:00:00",
        1795867200,
        "2026-13-01T00:00:00Z",
        "",
        "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+00:01",
    ],
)
async def test_a_moment_needs_date_time_and_zone(market: Market, moment: object) -> None:
    order = await market.place()
    before = await snapshot()
    sent = {"orderId": gid("Order", order.id), "carrier": "Post", "trackingNumber": "1"}

    result = await market.execute(LAMPS, SHIP, input={**sent, "promisedAt": moment})

    (error,) = result.errors
    assert error.extensions["code"] == "BAD_USER_INPUT"
    assert "promisedAt" in error.message
    assert await snapshot() == before


@pytest.mark.parametrize("id_", GARBAGE)
@pytest.mark.parametrize(
    "document",
    [
        "query Q($id: ID!) { order(id: $id) { id } }",
        "query Q($id: ID!) { node(id: $id) { id } }",
        "query Q($id: ID!) { nodes(ids: [$id]) { id } }",
        'mutation M($id: ID!) { orderCancel(input: {orderId: $id, reasonHandle: "other"}) { __typename } }',
        "mutation M($id: ID!) { refundRelease(input: {refundId: $id}) { __typename } }",
    ],
)
async def test_an_id_that_is_none_is_refused_with_its_path(
    market: Market, document: str, id_: str
) -> None:
    result = await market.execute(ADA, document, id=id_)

    (error,) = result.errors
    assert error.extensions["code"] == "BAD_USER_INPUT"
    assert error.path


@pytest.mark.parametrize("number", ["", "\x00", "\ud800", "' OR 1=1 --", "x" * 10_000])
async def test_a_number_that_cannot_be_finds_nothing(market: Market, number: str) -> None:
    document = "query Q($number: String!) { orderByNumber(number: $number) { id } }"

    assert await market.ask(ADA, document, number=number) == {"orderByNumber": None}


async def test_at_most_a_hundred_ids_are_looked_up(market: Market) -> None:
    order = await market.place()
    document = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [gid("Order", order.id)] * 101

    allowed = await market.ask(ADA, document, ids=ids[:100])
    refused = await market.execute(ADA, document, ids=ids)

    assert len(allowed["nodes"]) == 100
    assert refused.errors[0].extensions["code"] == "BAD_USER_INPUT"


def test_an_id_without_a_uuid_or_of_another_kind_is_not_found() -> None:
    some = "01900000-0000-7000-8000-000000000000"

    for wrong in (GlobalID("Order", "five"), GlobalID("Refund", some)):
        assert peek(wrong, "Order") is None
        with pytest.raises(NotFound):
            uuid_of(wrong, "Order")
    assert str(peek(GlobalID("Order", some), "Order")) == some


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_what_the_api_shows_it_reads_back(minor: int, currency: str) -> None:
    shown = scalars.Money.of(Money(minor, currency))

    text = scalars.SCALARS[Decimal].serialize(shown.amount)
    read = scalars.SCALARS[Decimal].parse_value(text)

    assert "E" not in text
    assert scalars.read_money(read, currency) == Money(minor, currency)
