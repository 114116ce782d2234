"""The seller asks for more time, gets it, and stays silent: the buyer gets what was asked for."""

from tests.market import DAY, NOON, Market
from tests.stories.phone import next_deadline, phones, watching


async def test_a_seller_who_stays_silent_grants_what_was_asked_for(market: Market) -> None:
    async with phones(market) as (ada, lamps, _):
        id_ = (await ada.complain(market))["id"]
        asked = await lamps.do("disputeExtensionAsk", id_, ", seconds: 86400")
        assert asked["dispute"]["extensionAsked"] == 86400
        granted = (await ada.do("disputeExtensionGrant", id_))["dispute"]
        assert (granted["extensions"], granted["extensionAsked"]) == (1, None)
        assert granted["deadlines"][0]["dueAt"] == "2026-11-29T12:00:00.000Z"

        async with watching(market, "ada", id_) as screen:
            for _ in range(3):  # two reminders, then the deadline
                await next_deadline(market)
            over = await screen.shows("RESOLVED")
        late = await lamps.do("disputeRefuse", id_, ', note: "Sorry, I was away."')

    assert market.clock.at == NOON + 6 * DAY
    assert (over["outcome"], over["decidedBy"]) == ("REFUNDED_FULL", "DEADLINE")
    assert over["refund"] == {"status": "SCHEDULED", "amount": {"amount": "84.70"}}
    assert late["__typename"] == "DisputeAlreadyDecidedError"
