"""The seller says no, the buyer lets it rest: the case closes by itself, and no money moves."""

from tests.market import Market
from tests.stories.phone import next_deadline, phones, watching


async def test_a_refusal_that_the_buyer_lets_rest_closes_the_case(market: Market) -> None:
    async with phones(market) as (ada, lamps, _):
        dispute = await ada.complain(market)
        async with watching(market, "ada", dispute["id"]) as screen:
            refused = await lamps.do("disputeRefuse", dispute["id"], ', note: "It left us whole."')
            seen = await screen.shows("AWAITING_BUYER")
            assert (seen["buyerOffer"], refused["dispute"]["refund"]) == (None, None)
            announced = refused["dispute"]["deadlines"][0]
            assert announced["consequence"] == "Silence closes the dispute without refund."

            for _ in range(3):  # two reminders, then the deadline
                await next_deadline(market)
            over = await screen.shows("RESOLVED")

    assert (over["outcome"], over["decidedBy"], over["refund"]) == ("NO_REFUND", "DEADLINE", None)
