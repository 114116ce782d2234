"""All disputes of an order, where it has had several: who sees them, and in which order."""

import pytest

from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor, Role
from tests.disputes.twice import disputed_twice
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market, gid, person
from tests.watching import statements

DISPUTES = """
query Disputes($id: ID!) { order(id: $id) {
  dispute { id }
  disputes { id status outcome order { id } reason { handle } appeals { id } }
} }"""
LIST = """
query List($n: Int!) { viewer { purchases(first: $n) { nodes { id disputes {
  id status amountRequested { amount } reason { handle } refund { id } order { number }
  offers { id } lines { quantity } actions { kind blockedBy { message } } appeals { id } unreadCount
} } } } }"""


@pytest.mark.parametrize("who", [ADA, LAMPS, OLGA], ids=["buyer", "seller", "operator"])
async def test_an_earlier_one_is_found_with_its_appeal_and_stands_first(
    market: Market, who: Actor
) -> None:
    earlier, newest = await disputed_twice(market)

    order = (await market.ask(who, DISPUTES, id=gid("Order", earlier.order_id)))["order"]

    ids = [gid("Dispute", earlier.id), gid("Dispute", newest.id)]
    assert [found["id"] for found in order["disputes"]] == ids
    assert order["dispute"] == {"id": ids[1]}
    assert [len(found["appeals"]) for found in order["disputes"]] == [1, 0]
    assert {found["order"]["id"] for found in order["disputes"]} == {gid("Order", earlier.order_id)}


async def test_an_order_over_which_nobody_quarreled_has_none(market: Market) -> None:
    order = await market.place()

    answer = await market.ask(ADA, DISPUTES, id=gid("Order", order.id))

    assert answer == {"order": {"dispute": None, "disputes": []}}


@pytest.mark.parametrize("who", [BEN, PAPER, person("ada", Role.SELLER), person("nobody")])
async def test_who_does_not_see_the_order_sees_none(market: Market, who: Actor) -> None:
    earlier, _ = await disputed_twice(market)

    answer = await market.ask(who, DISPUTES, id=gid("Order", earlier.order_id))

    assert answer == {"order": None}


async def test_those_of_many_orders_take_as_many_statements_as_those_of_one(
    market: Market,
) -> None:
    for _ in range(4):
        await disputed_twice(market)
    asked = []
    for n in (1, 4):
        await market.ask(ADA, LIST, n=n)
        with statements() as seen:
            answer = await market.ask(ADA, LIST, n=n)
        nodes = answer["viewer"]["purchases"]["nodes"]
        assert [len(node["disputes"]) for node in nodes] == [2] * n
        asked.append(len(seen))

    assert asked[0] == asked[1]
    assert await Dispute.all().count() == 8
