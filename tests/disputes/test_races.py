"""Two people at once: one wins, the other is told, and nothing is done twice."""

import asyncio

from ordergraph.disputes import actions, thread
from ordergraph.disputes.models import Dispute, Message
from ordergraph.disputes.refusals import DisputeAlreadyDecided, DisputeAlreadyOpen
from ordergraph.disputes.words import DisputeOutcome
from ordergraph.refunds.models import Refund
from tests.disputes.court import act, complaint, disputed, refund_of
from tests.market import ADA, LAMPS, Market

ROUNDS = 12


async def test_accept_and_withdraw_at_once_exactly_one_wins(market: Market) -> None:
    for _ in range(ROUNDS):
        dispute = await disputed(market)

        answers = await asyncio.gather(
            act(market, LAMPS, actions.accept, dispute.id),
            act(market, ADA, actions.withdraw, dispute.id),
            return_exceptions=True,
        )

        assert sorted(type(answer).__name__ for answer in answers) == [
            "Dispute",
            DisputeAlreadyDecided.__name__,
        ]
        await dispute.refresh_from_db()
        granted = dispute.outcome is DisputeOutcome.REFUNDED_FULL
        assert granted == (await refund_of(dispute) is not None)


async def test_two_accepts_at_once_make_one_refund(market: Market) -> None:
    for _ in range(ROUNDS):
        dispute = await disputed(market)

        answers = await asyncio.gather(
            *(act(market, LAMPS, actions.accept, dispute.id) for _ in range(2)),
            return_exceptions=True,
        )

        assert sum(isinstance(answer, DisputeAlreadyDecided) for answer in answers) == 1
        assert await Refund.filter(cause_id=dispute.id).count() == 1


async def test_two_disputes_at_once_make_one(market: Market) -> None:
    for _ in range(ROUNDS):
        order = await market.deliver(await market.place())

        answers = await asyncio.gather(
            *(act(market, ADA, actions.open_dispute, complaint(order)) for _ in range(2)),
            return_exceptions=True,
        )

        assert sum(isinstance(answer, DisputeAlreadyOpen) for answer in answers) == 1
        (dispute,) = await Dispute.filter(order_id=order.id)
        await act(market, ADA, actions.withdraw, dispute.id)  # a buyer has only so many at once


async def test_many_messages_at_once_are_numbered_without_gaps(market: Market) -> None:
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
