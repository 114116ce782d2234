"""Whom an order is placed for is whom a token speaks for, letter by letter; what no token says is nobody."""

from datetime import timedelta

import pytest

from ordergraph.identity.claims import BadToken
from ordergraph.kernel.actor import Role
from ordergraph.orders.models import Order
from tests.checkout.test_place import LAMP, PLACE
from tests.market import OLGA, TOKENS, Market
from tests.watching import snapshot

HOUR = timedelta(hours=1)
SAYABLE = [
    "auth0|7f31",
    "zo\u00eb",
    "zoe\u0308",
    "\u212b",
    "a b",
    "x" * 255,
    "\N{HEAVY BLACK HEART}",
]
UNSAYABLE = ["", " ", " zoe", "zoe ", "\u00a0zoe", "a\nb", "a\tb", "a\u2028b", "a\x7f", "x" * 256]


async def _placed_for(market: Market, name: str) -> str:
    shop = {"sellerExternalId": "my-shop", "currency": "EUR", "lines": [LAMP]}
    done = await market.ask(OLGA, PLACE, input={**shop, "buyerExternalId": name})
    return str(done["orderPlace"]["__typename"])


@pytest.mark.parametrize("name", SAYABLE, ids=ascii)
async def test_whoever_comes_with_the_very_name_of_the_order_is_its_buyer(
    market: Market, name: str
) -> None:
    identity = TOKENS.read(TOKENS.issue(name, frozenset({Role.BUYER}), "Zoe", HOUR))

    assert await _placed_for(market, name) == "OrderPlaceSuccess"

    assert (await Order.get()).buyer_id == identity.actor.user_id


@pytest.mark.parametrize("name", UNSAYABLE, ids=ascii)
async def test_nothing_is_placed_for_a_name_that_no_token_has(market: Market, name: str) -> None:
    before = await snapshot()

    with pytest.raises(BadToken):
        TOKENS.read(TOKENS.issue(name, frozenset({Role.BUYER}), "Zoe", HOUR))

    assert await _placed_for(market, name) == "InvalidInputError"
    assert await snapshot() == before


async def test_another_spelling_of_the_same_letters_is_somebody_else(market: Market) -> None:
    """RFC 7519: subjects are compared as they are. Else whoever can choose theirs could be another."""
    for name in ("zo\u00eb", "zoe\u0308"):
        assert await _placed_for(market, name) == "OrderPlaceSuccess"

    assert len({order.buyer_id for order in await Order.all()}) == 2
