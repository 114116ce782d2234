"""The first order of a seller: by an operator, as docs/identity.md says; from then on by every buyer."""

import re
from pathlib import Path
from typing import Any

import pytest

from ordergraph.kernel.actor import Actor
from tests.market import ADA, BEN, LAMPS, OLGA, Market
from tests.watching import snapshot

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text()
[FIRST] = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
OWN = """mutation { orderPlace(input: {sellerExternalId: "my-shop", currency: "EUR", lines: [
    {sku: "CUP-1", title: "Cup", quantity: 1, unitPrice: "9.90"}]}) {
  __typename ... on OrderPlaceSuccess { order { seller { externalId } } }
  ... on UserError { message } } }"""


async def ordered(market: Market, who: Actor) -> dict[str, Any]:
    answer: dict[str, Any] = (await market.ask(who, OWN))["orderPlace"]
    return answer


async def test_a_seller_is_found_by_buyers_once_an_operator_has_placed_their_first_order(
    market: Market,
) -> None:
    before = await ordered(market, ADA)

    first = (await market.ask(OLGA, FIRST))["orderPlace"]

    assert before == {"__typename": "NotFoundError", "message": "There is no such seller."}
    assert first["order"]["status"] == "PROCESSING"
    for buyer in (ADA, BEN):
        assert (await ordered(market, buyer))["order"]["seller"] == {"externalId": "my-shop"}


@pytest.mark.parametrize("who", [ADA, LAMPS], ids=["buyer", "seller"])
async def test_nobody_else_makes_a_seller_known(market: Market, who: Actor) -> None:
    before = await snapshot()

    answer = (await market.ask(who, FIRST))["orderPlace"]

    assert answer["message"]
    assert await snapshot() == before
