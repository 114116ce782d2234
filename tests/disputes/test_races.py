"""Two people at once: one wins, the other is told, and nothing is done twice."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from ordergraph.deadlines import named
from ordergraph.disputes import actions, bargaining, thread
from ordergraph.disputes.models import Dispute, Message, Offer
from ordergraph.disputes.refusals import DisputeAlreadyOpen
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DecidedBy, DisputeStatus, OfferStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from tests.disputes.copies import copies
from tests.disputes.court import TOTAL, act, complaint, decided, disputed, refund_of, told
from tests.disputes.deeds import HALF, offer_of, reached
from tests.market import ADA, DAY, LAMPS, NOON, OLGA, Market, person

S = DisputeStatus
OTTO = person("otto", Role.OPERATOR)
DECISIONS = {
    "dispute.accepted",
    "dispute.withdrawn",
    "dispute.offer_accepted",
    "dispute.decided",
    "dispute.closed_by_deadline",
}
ROUNDS = 50
FEW = 12
"""Where nothing can be copied, or a race above shows as much."""
HOUR = timedelta(hours=1)


async def at_once(*deeds: Awaitable[Any]) -> list[str]:
    """Do both on connections of their own; return what became of each, by the name of its type."""
    answers = await asyncio.gather(*deeds, return_exceptions=True)
    return [type(answer).__name__ for answer in answers]


async def assert_one_decision(dispute: Dispute) -> None:
    """It is over, it was told once, and the refund is what was granted."""
    await dispute.refresh_from_db()
    assert dispute.status is DisputeStatus.RESOLVED
    refunds = await Refund.filter(cause_id=dispute.id)
    assert [refund.amount for refund in refunds] == ([dispute.approved] if dispute.approved else [])
    ends = [type_ for type_ in await told(dispute.order_id) if type_ in DECISIONS]
    assert len(ends) == 1
    assert not await Offer.filter(dispute_id=dispute.id, status=OfferStatus.OPEN).exists()


async def test_accept_and_withdraw_at_once_exactly_one_wins(market: Market) -> None:
    for dispute in await copies(await disputed(market), ROUNDS):
        answers = await at_once(
            act(market, LAMPS, actions.accept, dispute.id),
            act(market, ADA, actions.withdraw, dispute.id),
        )

        assert sorted(answers) == ["Dispute", "DisputeAlreadyDecided"]
        await assert_one_decision(dispute)


async def test_an_offer_is_accepted_or_taken_back_never_both(market: Market) -> None:
    for dispute in await copies(await reached(market, S.AWAITING_BUYER), ROUNDS):
        offer = await offer_of(dispute, Role.SELLER)

        answers = await at_once(
            act(market, ADA, bargaining.accept_offer, offer.id),
            act(market, LAMPS, bargaining.withdraw_offer, offer.id),
        )

        await offer.refresh_from_db()
        if offer.status is OfferStatus.ACCEPTED:
            assert answers == ["Offer", "DisputeAlreadyDecided"]
            await assert_one_decision(dispute)
        else:
            assert answers == ["OfferNotOpen", "Offer"]
            assert await refund_of(dispute) is None


async def test_what_is_accepted_is_what_stood_not_what_was_offered_instead(market: Market) -> None:
    less = Terms(amount=Money(100, "EUR"))
    for dispute in await copies(await reached(market, S.UNDER_REVIEW), ROUNDS):
        offer = await offer_of(dispute, Role.SELLER)

        answers = await at_once(
            act(market, ADA, bargaining.accept_offer, offer.id),
            act(market, LAMPS, bargaining.make_offer, dispute.id, less, ""),
        )

        await offer.refresh_from_db()
        if offer.status is OfferStatus.ACCEPTED:
            assert answers == ["Offer", "DisputeAlreadyDecided"]
            await assert_one_decision(dispute)
            assert dispute.approved == HALF.amount
        else:
            assert answers == ["OfferNotOpen", "Offer"]
            assert await refund_of(dispute) is None


async def test_an_answer_in_the_last_second_or_the_deadline_never_both(market: Market) -> None:
    """The worker's clock is a second ahead, so that both believe to be in time."""
    worker, original = Market(), await disputed(market)
    disputes = await copies(original, ROUNDS)
    await act(market, ADA, actions.withdraw, original.id)
    await Dispute.filter(status=S.AWAITING_SELLER).update(seller_response_due_at=NOON + 9 * DAY)
    for hours, dispute in enumerate(disputes):
        worker.clock.at = NOON + 5 * DAY + hours * HOUR
        market.clock.at = worker.clock.at - timedelta(seconds=1)
        await Dispute.filter(id=dispute.id).update(seller_response_due_at=worker.clock.at)

        answer, _ = await at_once(
            act(market, LAMPS, actions.accept, dispute.id),
            sweep(worker.edge, named("dispute.seller_response")),
        )
        await sweep(worker.edge, named("dispute.seller_response"))

        await assert_one_decision(dispute)
        in_time = dispute.decided_by is DecidedBy.SELLER
        assert answer == ("Dispute" if in_time else "DisputeAlreadyDecided")


async def test_escalating_and_accepting_at_once_makes_one_refund_at_most(market: Market) -> None:
    """Both may work: what the operator has can still be settled; but never the other way round."""
    for dispute in await copies(await reached(market, S.AWAITING_BUYER), ROUNDS):
        offer = await offer_of(dispute, Role.SELLER)

        answers = await at_once(
            act(market, ADA, actions.escalate, dispute.id, ""),
            act(market, ADA, bargaining.accept_offer, offer.id),
        )

        assert answers in (["Dispute", "Offer"], ["DisputeAlreadyDecided", "Offer"])
        await assert_one_decision(dispute)


async def test_two_operators_at_once_make_one_decision(market: Market) -> None:
    for dispute in await copies(await reached(market, S.UNDER_REVIEW), ROUNDS):
        answers = await at_once(
            decided(market, OLGA, dispute, Terms(amount=TOTAL)),
            decided(market, OTTO, dispute, HALF),
        )

        assert sorted(answers) == ["Dispute", "DisputeAlreadyDecided"]
        await assert_one_decision(dispute)


async def test_two_accepts_at_once_make_one_refund(market: Market) -> None:
    for dispute in await copies(await disputed(market), FEW):
        answers = await at_once(*(act(market, LAMPS, actions.accept, dispute.id) for _ in range(2)))

        assert sorted(answers) == ["Dispute", "DisputeAlreadyDecided"]
        await assert_one_decision(dispute)


async def test_two_disputes_at_once_make_one(market: Market) -> None:
    for _ in range(FEW):
        order = await market.deliver(await market.place())

        answers = await asyncio.gather(
            *(act(market, ADA, actions.open_dispute, complaint(order)) for _ in range(2)),
            return_exceptions=True,
        )

        assert sum(isinstance(answer, DisputeAlreadyOpen) for answer in answers) == 1
        (dispute,) = await Dispute.filter(order_id=order.id)
        await act(market, ADA, actions.withdraw, dispute.id)  # a buyer has only so many at once


async def test_many_messages_at_once_are_numbered_without_gaps(market: Market) -> None:
    """S8."""
    dispute = await disputed(market)
    writers = [ADA, LAMPS] * 8

    await asyncio.gather(
        *(
            act(market, who, thread.send_message, dispute.id, f"message {n}")
            for n, who in enumerate(writers)
        )
    )

    rows = await Message.filter(dispute_id=dispute.id).order_by("position")
    assert [row.position for row in rows] == list(range(1, 17))
    assert len({row.body for row in rows}) == 16
    await dispute.refresh_from_db()
    assert dispute.message_count == 16
