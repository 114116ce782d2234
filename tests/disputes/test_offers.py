"""Offers: both sides' on the table, answered by the other side alone, and gone when it is over."""

from uuid import uuid4

import pytest

from ordergraph.disputes import actions, bargaining, deal, offers
from ordergraph.disputes.models import Dispute, Message, Offer
from ordergraph.disputes.refusals import (
    DisputeAlreadyDecided,
    NotYourTurn,
    OfferNotOpen,
    TooManyOffers,
    WrongSideOfOffer,
)
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeOutcome,
    DisputeStatus,
    MessageKind,
    OfferStatus,
    OfferType,
    ShippingPayer,
)
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput, NotAllowed, NotFound
from ordergraph.marketplace.models import Fault, Reason
from ordergraph.refunds.process import RefundCause
from tests.disputes.court import (
    GOODS_FIRST,
    TOTAL,
    act,
    decided,
    disputed,
    refund_of,
    refused,
    told,
)
from tests.disputes.deeds import HALF, offer_of, reached
from tests.market import ADA, BEN, DAY, LAMPS, NOON, OLGA, PAPER, Market

S = DisputeStatus
BECAME = OfferStatus
LESS = Terms(amount=Money(1000, "EUR"))


async def statuses(dispute: Dispute) -> list[tuple[str, str]]:
    return [(o.made_by, o.status) for o in await offers.of_dispute(dispute.id)]


async def test_what_it_was_opened_with_is_the_buyers_first_offer(market: Market) -> None:
    money = await disputed(market)
    goods = await disputed(market, asked=GOODS_FIRST)

    first, second = await offer_of(money, Role.BUYER), await offer_of(goods, Role.BUYER)

    assert (first.type, first.amount, first.return_paid_by) == (OfferType.REFUND, TOTAL, None)
    assert second.type is OfferType.REFUND_WITH_RETURN
    assert second.return_paid_by is ShippingPayer.SELLER
    assert (first.author_id, first.made_at) == (ADA.user_id, NOON)


async def test_a_counter_offer_stands_beside_the_buyers_and_asks_the_buyer(market: Market) -> None:
    dispute = await disputed(market)
    market.clock.advance(DAY)

    offer = await act(market, LAMPS, bargaining.make_offer, dispute.id, HALF, "Half of it?")

    await dispute.refresh_from_db()
    assert (offer.type, offer.status) == (OfferType.PARTIAL_REFUND, BECAME.OPEN)
    assert (dispute.status, dispute.buyer_response_due_at) == (S.AWAITING_BUYER, NOON + 8 * DAY)
    assert await statuses(dispute) == [("BUYER", BECAME.OPEN), ("SELLER", BECAME.OPEN)]
    assert (await Message.get(dispute_id=dispute.id, kind=MessageKind.TEXT)).body == "Half of it?"
    assert (await told(dispute.order_id))[-2:] == ["dispute.offer_made", "dispute.message_sent"]


async def test_a_new_offer_supersedes_ones_own_and_leaves_the_others(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)

    await act(market, ADA, bargaining.make_offer, dispute.id, LESS, "")

    await dispute.refresh_from_db()
    assert dispute.seller_response_due_at == NOON + 5 * DAY
    assert await statuses(dispute) == [
        ("BUYER", BECAME.SUPERSEDED),
        ("SELLER", BECAME.SUPERSEDED),
        ("BUYER", BECAME.SUPERSEDED),
        ("SELLER", BECAME.OPEN),
        ("BUYER", BECAME.OPEN),
    ]


async def test_the_buyer_accepts_and_the_money_is_promised_at_once(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)
    offer = await offer_of(dispute, Role.SELLER)

    accepted = await act(market, ADA, bargaining.accept_offer, offer.id)

    await dispute.refresh_from_db()
    assert accepted.status is BECAME.ACCEPTED
    assert (dispute.outcome, dispute.decided_by) == (
        DisputeOutcome.REFUNDED_PARTIAL,
        DecidedBy.AGREEMENT,
    )
    refund = await refund_of(dispute)
    assert refund is not None
    assert (refund.amount, refund.cause) == (HALF.amount, RefundCause.DISPUTE)
    assert (await statuses(dispute))[-2:] == [
        ("BUYER", BECAME.EXPIRED),
        ("SELLER", BECAME.ACCEPTED),
    ]
    assert (await told(dispute.order_id))[-2:] == ["refund.scheduled", "dispute.offer_accepted"]


async def test_an_offer_that_wants_the_goods_back_is_paid_when_they_are(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_BUYER, goods_back=True)
    offer = await offer_of(dispute, Role.SELLER)

    await act(market, ADA, bargaining.accept_offer, offer.id)

    await dispute.refresh_from_db()
    assert (dispute.status, dispute.approved) == (S.AWAITING_RETURN, TOTAL)
    assert dispute.return_paid_by is ShippingPayer.SELLER
    assert await refund_of(dispute) is None
    assert all(status is not BECAME.OPEN for _, status in await statuses(dispute))


async def test_what_the_seller_accepts_is_what_the_buyer_asks_for_by_then(market: Market) -> None:
    by_offer = await reached(market, S.AWAITING_SELLER)
    by_dispute = await reached(market, S.AWAITING_SELLER)
    offer = await offer_of(by_offer, Role.BUYER)

    await act(market, LAMPS, bargaining.accept_offer, offer.id)
    await act(market, LAMPS, actions.accept, by_dispute.id)

    for dispute in (by_offer, by_dispute):
        await dispute.refresh_from_db()
        assert (dispute.approved, dispute.decided_by) == (HALF.amount, DecidedBy.SELLER)
        assert (await told(dispute.order_id))[-1] == "dispute.accepted"


@pytest.mark.parametrize("who", [ADA, LAMPS])
async def test_under_review_either_side_may_still_settle(market: Market, who: Actor) -> None:
    dispute = await reached(market, S.UNDER_REVIEW)
    theirs = Role.SELLER if who is ADA else Role.BUYER
    offer = await offer_of(dispute, theirs)

    await act(market, who, bargaining.accept_offer, offer.id)

    await dispute.refresh_from_db()
    assert (dispute.status, dispute.decided_by) == (S.RESOLVED, DecidedBy.AGREEMENT)


async def test_declining_by_the_seller_refuses_the_dispute_and_needs_a_text(
    market: Market,
) -> None:
    dispute = await disputed(market)
    offer = await offer_of(dispute, Role.BUYER)

    async with refused(InvalidInput):
        await act(market, LAMPS, bargaining.decline_offer, offer.id, " ")
    await act(market, LAMPS, bargaining.decline_offer, offer.id, "It left us whole.")

    await dispute.refresh_from_db()
    assert dispute.status is S.AWAITING_BUYER
    assert await statuses(dispute) == [("BUYER", BECAME.DECLINED)]
    assert "dispute.refused" in await told(dispute.order_id)


async def test_a_buyer_who_declines_still_has_the_turn(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)
    offer = await offer_of(dispute, Role.SELLER)

    await act(market, ADA, bargaining.decline_offer, offer.id, "")

    due_at = dispute.buyer_response_due_at
    await dispute.refresh_from_db()
    assert (dispute.status, dispute.buyer_response_due_at) == (S.AWAITING_BUYER, due_at)
    async with refused(OfferNotOpen) as caught:
        await act(market, ADA, bargaining.accept_offer, offer.id)
    assert caught.value.status is BECAME.DECLINED


async def test_what_was_taken_back_cannot_be_accepted(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)
    offer = await offer_of(dispute, Role.SELLER)
    await act(market, LAMPS, bargaining.withdraw_offer, offer.id)

    async with refused(OfferNotOpen) as caught:
        await act(market, ADA, bargaining.accept_offer, offer.id)
    assert caught.value.status is BECAME.WITHDRAWN
    async with refused(OfferNotOpen):
        await act(market, LAMPS, bargaining.withdraw_offer, offer.id)


async def test_nobody_answers_their_own_offer_nor_takes_back_the_others(market: Market) -> None:
    dispute = await reached(market, S.UNDER_REVIEW)
    theirs, own = await offer_of(dispute, Role.SELLER), await offer_of(dispute, Role.BUYER)

    for deed, offer, *given in (
        (bargaining.accept_offer, own),
        (bargaining.decline_offer, own, ""),
        (bargaining.withdraw_offer, theirs),
    ):
        async with refused(WrongSideOfOffer) as caught:
            await act(market, ADA, deed, offer.id, *given)
        assert caught.value.made_by is Role[offer.made_by]
        async with refused(NotAllowed):
            await act(market, OLGA, deed, offer.id, *given)


async def test_while_it_is_not_ones_turn_nothing_is_accepted_although_it_stands(
    market: Market,
) -> None:
    dispute = await reached(market, S.AWAITING_SELLER)
    offer = await offer_of(dispute, Role.SELLER)

    async with refused(NotYourTurn):
        await act(market, ADA, bargaining.accept_offer, offer.id)
    await act(market, LAMPS, actions.accept, dispute.id)
    async with refused(DisputeAlreadyDecided):
        await act(market, ADA, bargaining.accept_offer, offer.id)


@pytest.mark.parametrize("stranger", [BEN, PAPER])
async def test_a_stranger_finds_no_offer(market: Market, stranger: Actor) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)
    offer = await offer_of(dispute, Role.SELLER)

    for id_ in (offer.id, uuid4()):
        async with refused(NotFound):
            await act(market, stranger, bargaining.accept_offer, id_)
    async with refused(NotFound):
        await act(market, stranger, bargaining.make_offer, dispute.id, HALF, "")


async def test_an_offer_lies_between_one_cent_and_what_was_asked_for(market: Market) -> None:
    dispute = await disputed(market)

    async with refused(AmountTooHigh) as caught:
        await act(market, LAMPS, bargaining.make_offer, dispute.id, _worth(8471), "")
    assert caught.value.maximum == TOTAL
    for nothing in (0, -1):
        async with refused(InvalidInput):
            await act(market, LAMPS, bargaining.make_offer, dispute.id, _worth(nothing), "")
    offer = await act(market, LAMPS, bargaining.make_offer, dispute.id, _worth(1), "")
    assert offer.amount == Money(1, "EUR")


def _worth(minor: int, payer: ShippingPayer | None = None) -> Terms:
    return Terms(amount=Money(minor, "EUR"), return_paid_by=payer)


async def test_two_sides_do_not_agree_at_the_marketplaces_cost(market: Market) -> None:
    ours = _worth(100, ShippingPayer.PLATFORM)
    dispute = await disputed(market)

    async with refused(InvalidInput):
        await act(market, LAMPS, bargaining.make_offer, dispute.id, ours, "")
    reason = Reason.filter(id=dispute.reason_id)
    before = (await reason.get()).fault
    await reason.update(fault=Fault.PLATFORM)
    try:
        offer = await act(market, LAMPS, bargaining.make_offer, dispute.id, ours, "")
    finally:
        await reason.update(fault=before)
    assert offer.return_paid_by is ShippingPayer.PLATFORM


async def test_there_are_not_endlessly_many_offers(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deal, "MOST_OFFERS", 4)
    dispute = await reached(market, S.UNDER_REVIEW)

    async with refused(TooManyOffers) as caught:
        await act(market, ADA, bargaining.make_offer, dispute.id, HALF, "")
    assert caught.value.most == 4


async def test_what_stands_expires_when_it_ends_otherwise(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)

    await act(market, ADA, actions.withdraw, dispute.id)

    rows = await Offer.filter(dispute_id=dispute.id).order_by("-position").limit(2)
    assert [(row.status, row.ended_at) for row in rows] == [(BECAME.EXPIRED, NOON)] * 2


async def test_the_operator_wants_the_goods_back_first(market: Market) -> None:
    dispute = await reached(market, S.UNDER_REVIEW)
    for wrong in (_worth(0, ShippingPayer.SELLER), _worth(8471, ShippingPayer.SELLER)):
        async with refused((InvalidInput, AmountTooHigh)):
            await decided(market, OLGA, dispute, wrong)

    terms = _worth(5000, ShippingPayer.PLATFORM)
    done = await decided(market, OLGA, dispute, terms, "Send it.")

    assert (done.status, done.approved) == (S.AWAITING_RETURN, terms.amount)
    assert (done.return_paid_by, done.decision_note) == (ShippingPayer.PLATFORM, "Send it.")
    assert done.return_ship_by_at == NOON + 10 * DAY
    assert await refund_of(dispute) is None
    assert (await told(dispute.order_id))[-1] == "dispute.decided_with_return"
