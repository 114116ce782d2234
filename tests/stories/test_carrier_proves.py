"""The carrier proves that it came, the buyer says it did not, the seller says nothing: somebody looks."""

from tests.disputes.documents import OPEN
from tests.market import ADA, DAY, NOON, OLGA, Market, gid
from tests.orders.commands import do
from tests.stories.phone import next_deadline, phones, watching


async def test_silence_does_not_refund_what_the_carrier_has_delivered(market: Market) -> None:
    order = await market.ship(await market.place())
    market.clock.advance(2 * DAY)
    passed_on = await do(market, OLGA, "MARK_DELIVERED", order, carrierReference="POD-4711")
    assert passed_on["order"]["status"] == "DELIVERED"

    async with phones(market) as (ada, *_):
        wanted = {"reason": "not-received", "amount": "84.70", "asked": "REFUND_ONLY"}
        opened = await ada.ask(OPEN, orderId=gid("Order", order.id), **wanted)
        id_ = opened["dispute"]["id"]
        async with watching(market, "ada", id_) as screen:
            for _ in range(3):  # two reminders, then the deadline
                await next_deadline(market)
            looked_at = await screen.shows("UNDER_REVIEW")

    assert market.clock.at == NOON + 7 * DAY  # two, and the seller's five
    assert (looked_at["outcome"], looked_at["refund"]) == (None, None)


async def test_anybody_elses_word_is_no_proof(market: Market) -> None:
    order = await market.ship(await market.place())
    await do(market, OLGA, "MARK_DELIVERED", order)

    wanted = {"reason": "not-received", "amount": "84.70", "asked": "REFUND_ONLY"}
    opened = await market.ask(ADA, OPEN, orderId=gid("Order", order.id), **wanted)
    async with watching(market, "ada", opened["disputeOpen"]["dispute"]["id"]) as screen:
        for _ in range(3):
            await next_deadline(market)
        over = await screen.shows("RESOLVED")

    assert (over["outcome"], over["decidedBy"]) == ("REFUNDED_FULL", "DEADLINE")
