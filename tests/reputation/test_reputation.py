"""Whose fault it was counts, for whom it was; and who may see it."""

from typing import Any

from ordergraph.cancellations import actions as cancellations
from ordergraph.disputes import actions as disputes
from ordergraph.disputes.terms import Terms
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from tests.disputes.court import act, complaint, decided
from tests.market import ADA, BEN, DAY, LAMPS, OLGA, PAPER, Market, gid
from tests.watching import statements

COUNTS = "orders cancellations disputes cancellationRate disputeRate"
USER = f"""query Reputation($id: ID!) {{ node(id: $id) {{ ... on User {{
  seller: reputation(side: SELLER) {{ {COUNTS} }} buyer: reputation(side: BUYER) {{ {COUNTS} }} }} }} }}"""


async def seen(market: Market, viewer: Actor, whose: Actor) -> dict[str, Any]:
    assert whose.user_id
    found: dict[str, Any] = (await market.ask(viewer, USER, id=gid("User", whose.user_id)))["node"]
    return found


async def cancel(market: Market, who: Actor, order: Order, reason: str) -> None:
    request = cancellations.CancelRequest(
        order_id=order.id, reason_handle=reason, note="", picked=None
    )
    await act(market, who, cancellations.cancel, request)


async def dispute(market: Market, reason: str, ends: str) -> None:
    """Ada disputes a delivered order, and it ends that way."""
    order = await market.deliver(await market.place())
    row = await act(market, ADA, disputes.open_dispute, complaint(order, reason_handle=reason))
    if ends == "granted":
        await act(market, LAMPS, disputes.accept, row.id)
        return
    if ends == "withdrawn":
        await act(market, ADA, disputes.withdraw, row.id)
        return
    await act(market, LAMPS, disputes.refuse, row.id, "No.")
    await act(market, ADA, disputes.escalate, row.id, "")
    await decided(market, OLGA, row, Terms(amount=Money(0, "EUR")))


async def a_season(market: Market) -> None:
    """Ten paid orders and one that was never paid, with what counts and what does not."""
    await cancel(market, LAMPS, await market.place(), "out-of-stock")
    await cancel(market, ADA, await market.place(), "no-longer-needed")
    await cancel(market, ADA, await market.place(), "found-cheaper")
    await cancel(market, ADA, await market.place(), "wont-arrive-in-time")
    await dispute(market, "damaged", "granted")
    await dispute(market, "damaged", "withdrawn")
    await dispute(market, "defective", "decided against her")
    await dispute(market, "changed-mind", "granted")
    for _ in range(2):
        await market.place()
    await market.place(paid=False)


async def test_what_a_buyer_caused_never_counts_against_the_seller(market: Market) -> None:
    await a_season(market)

    seller, buyer = await seen(market, ADA, LAMPS), await seen(market, LAMPS, ADA)

    assert seller["seller"] == {
        "orders": 10,
        "cancellations": 1,
        "disputes": 1,
        "cancellationRate": "0.1000",
        "disputeRate": "0.1000",
    }
    assert buyer["buyer"] == {
        "orders": 10,
        "cancellations": 2,
        "disputes": 1,
        "cancellationRate": "0.2000",
        "disputeRate": "0.1000",
    }


async def test_what_is_older_than_sixty_days_does_not_count(market: Market) -> None:
    await market.place()
    market.clock.advance(60 * DAY)
    at_the_edge = (await seen(market, ADA, LAMPS))["seller"]
    market.clock.advance(DAY)

    later = (await seen(market, ADA, LAMPS))["seller"]

    assert (at_the_edge["orders"], later["orders"]) == (1, 0)
    assert at_the_edge["cancellationRate"] is None


async def test_sellers_is_for_all_and_buyers_for_those_who_sold_to_them(market: Market) -> None:
    await market.place()  # Ada bought from Lamps
    await market.place(buyer=BEN, seller=PAPER)

    assert (await seen(market, ADA, LAMPS))["seller"]
    assert (await seen(market, ADA, LAMPS))["buyer"] is None  # Lamps bought nothing of Ada's
    assert (await seen(market, LAMPS, ADA))["buyer"]
    assert (await seen(market, OLGA, ADA))["buyer"]
    assert (await seen(market, ADA, ADA))["buyer"]
    assert await seen(market, PAPER, ADA) is None
    assert await seen(market, BEN, ADA) is None


LIST = f"""query List($n: Int!) {{ viewer {{ sales(first: $n) {{ nodes {{
  buyer {{ reputation(side: BUYER) {{ {COUNTS} }} }}
  seller {{ reputation(side: SELLER) {{ {COUNTS} }} }} }} }} }} }}"""


async def test_a_list_takes_as_many_statements_for_many_as_for_one(market: Market) -> None:
    for buyer in (ADA, BEN, ADA, BEN):
        await market.place(buyer=buyer)
    counts = []

    for n in (1, 4):
        with statements() as seen_:
            await market.ask(LAMPS, LIST, n=n)
        counts.append(len(seen_))

    assert counts[0] == counts[1]
