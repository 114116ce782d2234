"""Nobody finds out who else is a customer: neither by an id nor by the name they sign in with (A2, R5)."""

import pytest

from ordergraph.kernel.actor import Actor
from tests.disputes.prying import as_bytes
from tests.idempotency.deeds import BASKET, document
from tests.market import ADA, BEN, OLGA, Market
from tests.watching import snapshot, statements

PLACE = document("orderPlace", "order { id seller { displayName externalId } }")


async def _placed(market: Market, who: Actor, **named: str) -> tuple[bytes, int]:
    with statements() as seen:
        result = await market.execute(who, PLACE, input=BASKET | named)
    return as_bytes(result), len(seen)


async def test_who_only_buys_cannot_be_bought_from(market: Market) -> None:
    """Or anybody could learn by an order whether, and under what name, somebody has an account."""
    await market.place(buyer=ADA)
    before = await snapshot()

    ada = await _placed(market, BEN, sellerExternalId="ada")
    nobody = await _placed(market, BEN, sellerExternalId="nobody")

    assert ada == nobody
    assert b"NotFoundError" in ada[0]
    assert await snapshot() == before


async def test_an_operator_brings_a_seller_in_and_then_anybody_buys_there(market: Market) -> None:
    first, _ = await _placed(market, OLGA, sellerExternalId="new-lamps", buyerExternalId="ada")
    second, _ = await _placed(market, BEN, sellerExternalId="new-lamps")

    assert b"OrderPlaceSuccess" in first
    assert b"OrderPlaceSuccess" in second


@pytest.mark.parametrize("named", ["ada", "nobody"])
async def test_no_buyer_orders_in_somebody_elses_name(market: Market, named: str) -> None:
    await market.place(buyer=ADA)

    said, _ = await _placed(market, BEN, buyerExternalId=named)

    assert b"NotAllowedError" in said
