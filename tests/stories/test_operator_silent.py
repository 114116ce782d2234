"""The operator does not decide: the buyer gets the money, and the marketplace bears it."""

from ordergraph.infra.outbox import EventRow
from tests.market import Market
from tests.stories.phone import next_deadline, phones, watching


async def test_an_operator_who_stays_silent_pays(market: Market) -> None:
    async with phones(market) as (ada, lamps, olga):
        id_ = (await ada.complain(market))["id"]
        await lamps.do("disputeRefuse", id_, ', note: "It left us whole."')
        await ada.do("disputeEscalate", id_, ', note: "Please look at the photo."')

        async with watching(market, "nordic-lamps", id_) as screen:
            for _ in range(3):  # two reminders, then the deadline
                await next_deadline(market)
            over = await screen.shows("RESOLVED")
        late = await olga.do("disputeDecide", id_, ', amount: "0"')

    assert (over["outcome"], over["decidedBy"]) == ("REFUNDED_FULL", "DEADLINE")
    assert late["__typename"] == "DisputeAlreadyDecidedError"
    told = await EventRow.get(type="dispute.closed_by_deadline")
    assert told.data["platform_pays"] is True
