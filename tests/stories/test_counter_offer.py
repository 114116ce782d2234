"""Two who bargain: an offer, another one, both side by side, and one that is accepted."""

from tests.market import Market
from tests.stories.phone import phones, watching


async def test_a_counter_offer_is_accepted_and_the_money_is_promised(market: Market) -> None:
    async with phones(market) as (ada, lamps, _):
        dispute = await ada.complain(market)
        id_ = dispute["id"]
        async with watching(market, "nordic-lamps", id_) as screen:
            made = await lamps.offer(id_, "20.00", note="A new shade costs that much.")
            assert made["offer"]["dispute"]["messageCount"] == 2  # what happened, and the note
            seen = await screen.shows("AWAITING_BUYER")
            assert seen["buyerOffer"] == {"amount": {"amount": "84.70"}}
            assert seen["sellerOffer"] == {"amount": {"amount": "20.00"}}

            countered = (await ada.offer(id_, "40.00"))["offer"]["dispute"]
            statuses = [offer["status"] for offer in countered["offers"]]
            assert statuses == ["SUPERSEDED", "OPEN", "OPEN"]
            early = await ada.answer("disputeOfferAccept", countered["sellerOffer"]["id"])
            assert (early["__typename"], early["waitingFor"]) == ("NotYourTurnError", "SELLER")
            improved = (await lamps.offer(id_, "35.00"))["offer"]

            accepted = await ada.answer("disputeOfferAccept", improved["id"])
            over = await screen.shows("RESOLVED")

    assert accepted["offer"]["status"] == "ACCEPTED"
    assert (over["outcome"], over["decidedBy"]) == ("REFUNDED_PARTIAL", "AGREEMENT")
    assert over["refund"] == {"status": "SCHEDULED", "amount": {"amount": "35.00"}}


async def test_under_review_the_two_still_settle_for_a_return(market: Market) -> None:
    async with phones(market) as (ada, lamps, olga):
        id_ = (await ada.complain(market))["id"]
        await lamps.do("disputeRefuse", id_, ', note: "It left us whole."')
        await ada.do("disputeEscalate", id_)
        asked = await olga.do("disputeEvidenceRequest", id_, ', from: BUYER, note: "A photo?"')
        assert (asked["dispute"]["status"], asked["dispute"]["messageCount"]) == ("UNDER_REVIEW", 5)

        offer = (await lamps.offer(id_, "84.70", payer="SELLER"))["offer"]
        settled = (await ada.answer("disputeOfferAccept", offer["id"]))["offer"]["dispute"]
        late = await olga.do("disputeDecide", id_, ', amount: "10.00", returnPaidBy: BUYER')

    assert (settled["status"], settled["amountApproved"]) == (
        "AWAITING_RETURN",
        {"amount": "84.70"},
    )
    assert (late["__typename"], late["waitingFor"]) == ("NotYourTurnError", "BUYER")
