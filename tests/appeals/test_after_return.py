"""Appeals against a decision that sent the goods back first."""

import pytest

from ordergraph.appeals.process import NothingLost, NothingToAppeal
from ordergraph.disputes import actions as disputes
from ordergraph.disputes import returns
from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.decisions.process import DecisionStatus
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import ShippingPayer
from ordergraph.kernel.refusal import AmountTooHigh
from tests.appeals.bench import appealed, eur, under_review
from tests.disputes.court import act, decided, fall_due
from tests.market import ADA, DAY, LAMPS, OLGA, Market

PARCEL = returns.Parcel("Post", "R1")


async def _sent_back(market: Market) -> Dispute:
    """The operator grants 30.00 EUR once the goods are back."""
    terms = Terms(amount=eur(3000), return_paid_by=ShippingPayer.SELLER)
    return await decided(market, OLGA, await under_review(market), terms)


async def test_once_the_goods_are_back_each_side_may_appeal_for_what_it_lost(
    market: Market,
) -> None:
    dispute = await _sent_back(market)
    await act(market, ADA, returns.ship, dispute.id, PARCEL)
    await act(market, LAMPS, returns.acknowledge, dispute.id)

    for side, most in ((ADA, 5470), (LAMPS, 3000)):
        with pytest.raises(AmountTooHigh) as caught:
            await appealed(market, side, dispute, most + 1)
        assert caught.value.maximum == eur(most)
        await appealed(market, side, dispute, most)


async def test_goods_that_never_went_back_can_be_appealed_for_no_more_than_was_refused(
    market: Market,
) -> None:
    dispute = await _sent_back(market)
    market.clock.advance(10 * DAY)
    await fall_due(market, dispute)

    with pytest.raises(NothingLost):
        await appealed(market, LAMPS, dispute, 1)
    with pytest.raises(AmountTooHigh) as caught:
        await appealed(market, ADA, dispute, 8470)

    assert caught.value.maximum == eur(5470)


async def test_a_decision_that_was_overtaken_can_not_be_appealed_against(market: Market) -> None:
    dispute = await _sent_back(market)
    await act(market, ADA, returns.ship, dispute.id, PARCEL)
    await act(market, ADA, disputes.escalate, dispute.id, "")
    assert (await Decision.get()).status is DecisionStatus.OVERTAKEN
    market.clock.advance(30 * DAY)
    await fall_due(market, dispute)

    with pytest.raises(NothingToAppeal):
        await appealed(market, LAMPS, dispute, 1)
