"""Nobody withdraws twice from the same thing: what was sent back, and decided about, stays decided."""

from typing import Any
from uuid import UUID

import pytest

from ordergraph.deadlines import named
from ordergraph.disputes import actions as disputes
from ordergraph.disputes import bargaining, returns
from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import ReturnAcknowledgement
from ordergraph.orders.models import Order, OrderLine
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from ordergraph.withdrawals import actions as withdrawals
from tests.appeals.bench import eur
from tests.disputes.court import GOODS_FIRST, act, complaint, decided
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.withdrawals.documents import button, drafted, seen, started

PARCEL = returns.Parcel("Post", "R1")
DAMAGED = ReturnAcknowledgement.DAMAGED


async def by_law(market: Market, order: Order, picked: dict[UUID, int] | None = None) -> Dispute:
    draft = await drafted(market, order, picked)
    row = await act(market, ADA, withdrawals.confirm, draft.id)
    return await Dispute.get(id=row.dispute_id)


async def by_consent(market: Market, order: Order) -> Dispute:
    new = complaint(order, reason_handle="changed-mind", asked=GOODS_FIRST)
    dispute = await act(market, ADA, disputes.open_dispute, new)
    return await act(market, LAMPS, disputes.accept, dispute.id)


async def contested(market: Market, dispute: Dispute) -> None:
    await act(market, ADA, returns.ship, dispute.id, PARCEL)
    await act(market, LAMPS, returns.contest, dispute.id, DAMAGED, "Scratched.")


@pytest.mark.parametrize("way", [by_law, by_consent])
async def test_what_was_sent_back_and_decided_about_is_not_withdrawn_from_again(
    market: Market, way: Any
) -> None:
    order = await market.deliver(await market.place())
    dispute = await way(market, order)
    await contested(market, dispute)
    await decided(market, OLGA, dispute, Terms(amount=eur(3000)))

    again = await started(market, order)

    shown = button(await seen(market, order))
    assert shown is not None
    assert again["__typename"] == shown["blockedBy"]["__typename"] == "AmountTooHighError"


async def test_nor_is_what_both_sides_agreed_on_in_the_end(market: Market) -> None:
    order = await market.deliver(await market.place())
    dispute = await by_law(market, order)
    await contested(market, dispute)
    offer: Offer = await act(
        market, LAMPS, bargaining.make_offer, dispute.id, Terms(amount=eur(3000)), ""
    )
    await act(market, ADA, bargaining.accept_offer, offer.id)

    assert (await started(market, order))["__typename"] == "AmountTooHighError"


async def test_what_the_buyer_still_has_can_be_withdrawn_from_with_the_shipping(
    market: Market,
) -> None:
    order = await market.deliver(await market.place())  # two lamps of 39.90, and 4.90
    line = await OrderLine.get(order_id=order.id)
    first = await by_law(market, order, {line.id: 1})
    await contested(market, first)
    await decided(market, OLGA, first, Terms(amount=eur(1000)))

    second = await by_law(market, order)
    await act(market, ADA, returns.ship, second.id, PARCEL)
    await act(market, LAMPS, returns.acknowledge, second.id)

    refund = await Refund.get(cause_id=second.id)
    assert (refund.amount_minor, refund.shipping_minor) == (4480, 490)
    await line.refresh_from_db()
    assert line.returned_quantity == 1


async def test_goods_that_stayed_can_be_withdrawn_from_after_a_decision(market: Market) -> None:
    order = await market.deliver(await market.place())
    dispute = await act(market, ADA, disputes.open_dispute, complaint(order))
    await act(market, LAMPS, disputes.refuse, dispute.id, "No.")
    await act(market, ADA, disputes.escalate, dispute.id, "")
    await decided(market, OLGA, dispute, Terms(amount=eur(3000)))

    assert (await drafted(market, order)).amount_minor == 5470


async def test_what_the_seller_said_nothing_of_counts_as_returned_once(market: Market) -> None:
    order = await market.deliver(await market.place())
    line = await OrderLine.get(order_id=order.id)
    first = await by_law(market, order, {line.id: 1})
    await act(market, ADA, returns.ship, first.id, PARCEL)
    market.clock.advance(14 * DAY)

    assert await sweep(market.edge, named("dispute.return_acknowledge")) == 1

    assert (await drafted(market, order)).amount_minor == 4480  # the other lamp, and the shipping


async def test_what_the_buyer_had_decided_before_the_seller_looked_is_settled_too(
    market: Market,
) -> None:
    order = await market.deliver(await market.place())
    dispute = await by_law(market, order)
    await act(market, ADA, returns.ship, dispute.id, PARCEL)
    await act(market, ADA, disputes.escalate, dispute.id, "")
    await decided(market, OLGA, dispute, Terms(amount=eur(3000)))

    assert (await started(market, order))["__typename"] == "AmountTooHighError"
