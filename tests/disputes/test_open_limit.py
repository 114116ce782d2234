"""How many disputes a buyer may have open: told as a number, and kept when two come at once."""

import asyncio
from typing import Any

from ordergraph.disputes import actions
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.refusals import TooManyOpenDisputes
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import actions as marketplace
from tests.disputes.court import act, complaint, refused
from tests.disputes.documents import OPEN
from tests.market import ADA, BEN, OLGA, Market, gid

BUTTON = """query Button($id: ID!) {
  viewer { openDisputes { open most } }
  order(id: $id) { actions { kind available
    blockedBy { message ... on TooManyOpenDisputesError { open most } } } } }"""
ROUNDS = 20


async def allow(market: Market, most: int) -> None:
    async with market.edge.transaction(OLGA) as tx:
        await marketplace.publish(tx, Policy(open_disputes_most=most))


async def delivered(market: Market, count: int, **whose: Any) -> list[Any]:
    return [await market.deliver(await market.place(**whose)) for _ in range(count)]


async def test_one_more_than_there_may_be_is_refused_and_says_how_many(market: Market) -> None:
    await allow(market, 2)
    first, second, third = await delivered(market, 3)
    for order in (first, second):
        await act(market, ADA, actions.open_dispute, complaint(order))

    async with refused(TooManyOpenDisputes) as caught:
        await act(market, ADA, actions.open_dispute, complaint(third))

    assert (caught.value.open, caught.value.most) == (2, 2)


async def test_the_button_shows_the_very_answer_and_the_viewer_the_number(market: Market) -> None:
    await allow(market, 1)
    first, second = await delivered(market, 2)
    dispute = await act(market, ADA, actions.open_dispute, complaint(first))
    given = {"reason": "damaged", "amount": "1.00", "asked": "REFUND_ONLY"}

    shown = await market.ask(ADA, BUTTON, id=gid("Order", second.id))
    answer = await market.ask(ADA, OPEN, orderId=gid("Order", second.id), **given)

    (button,) = [a for a in shown["order"]["actions"] if a["kind"] == "OPEN_DISPUTE"]
    said = "You have reached the limit of open disputes: 1 of 1."
    assert button["blockedBy"] == {"message": said, "open": 1, "most": 1}
    assert answer["disputeOpen"] == {"__typename": "TooManyOpenDisputesError", "message": said}
    assert shown["viewer"]["openDisputes"] == {"open": 1, "most": 1}
    await act(market, ADA, actions.withdraw, dispute.id)
    again = await market.ask(ADA, BUTTON, id=gid("Order", second.id))
    assert again["viewer"]["openDisputes"] == {"open": 0, "most": 1}
    assert [a["available"] for a in again["order"]["actions"] if a["kind"] == "OPEN_DISPUTE"] == [
        True
    ]


async def test_an_order_keeps_the_number_it_was_placed_under_and_others_do_not_count(
    market: Market,
) -> None:
    early = await delivered(market, 2)
    await allow(market, 0)
    (late,) = await delivered(market, 1)
    (bens,) = await delivered(market, 1, buyer=BEN)

    await act(market, ADA, actions.open_dispute, complaint(early[0]))
    await act(market, ADA, actions.open_dispute, complaint(early[1]))

    for who, order in ((ADA, late), (BEN, bens)):
        async with refused(TooManyOpenDisputes):
            await act(market, who, actions.open_dispute, complaint(order))


async def test_two_at_once_on_two_orders_cannot_get_past_it(market: Market) -> None:
    await allow(market, 1)
    for _ in range(ROUNDS):
        orders = await delivered(market, 2)

        answers = await asyncio.gather(
            *(act(market, ADA, actions.open_dispute, complaint(order)) for order in orders),
            return_exceptions=True,
        )

        assert sum(isinstance(answer, TooManyOpenDisputes) for answer in answers) == 1
        (dispute,) = await Dispute.exclude(status="RESOLVED")
        await act(market, ADA, actions.withdraw, dispute.id)
