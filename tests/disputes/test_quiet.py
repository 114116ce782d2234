"""Quiet settlement: where two private limits meet, what may be one, and two people at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.exceptions import IntegrityError

from ordergraph.disputes import actions
from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.quiet.actions import set_limit
from ordergraph.disputes.quiet.models import PrivateLimit
from ordergraph.disputes.quiet.process import MOST_CHANGES, meeting
from ordergraph.disputes.refusals import DisputeAlreadyDecided, DisputeDeadlinePassed
from ordergraph.disputes.words import DecidedBy, DisputeOutcome, DisputeStatus
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput, NotAllowed, NotFound, WrongState
from ordergraph.refunds.models import Refund
from tests.disputes.court import GOODS_FIRST, act, disputed, refund_of, refused, told
from tests.market import ADA, BEN, DAY, LAMPS, OLGA, Market

ROUNDS = 50
AMOUNTS = st.integers(1, 10**12)


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.mark.parametrize(
    ("least", "most", "agreed"),
    [
        (None, 500, None),
        (500, None, None),
        (None, None, None),
        (501, 500, None),
        (500, 500, 500),
        (400, 500, 450),
        (400, 501, 451),  # half a cent goes to the buyer
        (1, 2, 2),
    ],
)
def test_two_limits_meet_in_the_middle(
    least: int | None, most: int | None, agreed: int | None
) -> None:
    assert meeting(least, most, 1) == agreed


@given(AMOUNTS, AMOUNTS)
def test_the_middle_lies_within_both_limits_and_is_as_far_from_each(least: int, most: int) -> None:
    agreed = meeting(least, most, 1)

    if agreed is None:
        assert least > most
    else:
        assert least <= agreed <= most
        assert 0 <= (agreed - least) - (most - agreed) <= 1


@given(AMOUNTS, AMOUNTS)
def test_the_middle_can_be_paid_wherever_anything_between_the_limits_can(
    least: int, most: int
) -> None:
    agreed, steps = meeting(least, most, 10), range(-(-least // 10) * 10, most + 1, 10)

    if agreed is None:
        assert least > most
    else:
        assert least <= agreed <= most
        assert agreed in steps or not steps
        assert abs((agreed - least) - (most - agreed)) < 20


@pytest.mark.parametrize("buyer_first", [True, False])
async def test_limits_that_meet_settle_at_once_whoever_comes_last(
    market: Market, buyer_first: bool
) -> None:
    dispute = await disputed(market)
    said = [(ADA, euros(4000)), (LAMPS, euros(5001))]

    for who, amount in said if buyer_first else reversed(said):
        done = await act(market, who, set_limit, dispute.id, amount)

    assert (done.status, done.outcome) == (DisputeStatus.RESOLVED, DisputeOutcome.REFUNDED_PARTIAL)
    assert (done.decided_by, done.approved_minor) == (DecidedBy.AGREEMENT, 4501)
    refund = await refund_of(dispute)
    assert refund is not None
    assert refund.amount_minor == 4501
    assert (await told(done.order_id))[-3:] == [
        "dispute.opened",
        "refund.scheduled",
        "dispute.settled",
    ]
    assert not await PrivateLimit.exists()
    assert [offer.status for offer in await Offer.all()] == ["EXPIRED"]


async def test_limits_that_do_not_meet_leave_all_as_it_was(market: Market) -> None:
    dispute = await disputed(market)

    await act(market, ADA, set_limit, dispute.id, euros(5000))
    done = await act(market, LAMPS, set_limit, dispute.id, euros(4999))

    assert (done.status, done.version) == (dispute.status, dispute.version)
    assert await Refund.all().count() == 0


async def test_what_was_taken_back_meets_nothing(market: Market) -> None:
    dispute = await disputed(market)
    await act(market, ADA, set_limit, dispute.id, euros(1000))

    await act(market, ADA, set_limit, dispute.id, None)
    done = await act(market, LAMPS, set_limit, dispute.id, euros(8470))

    assert done.status is DisputeStatus.AWAITING_SELLER


@pytest.mark.parametrize("who", [ADA, LAMPS])
@pytest.mark.parametrize(
    ("minor", "kind"), [(0, InvalidInput), (-1, InvalidInput), (8471, AmountTooHigh)]
)
async def test_a_limit_lies_between_one_minor_unit_and_what_is_asked_for(
    market: Market, who: Actor, minor: int, kind: type[Exception]
) -> None:
    dispute = await disputed(market)

    async with refused(kind):  # type: ignore[arg-type]  # refusals, both
        await act(market, who, set_limit, dispute.id, euros(minor))


async def test_nobody_feels_for_the_others_limit_for_long(market: Market) -> None:
    dispute = await disputed(market)
    for minor in range(1, MOST_CHANGES + 1):
        await act(market, LAMPS, set_limit, dispute.id, euros(minor))

    async with refused(InvalidInput):
        await act(market, LAMPS, set_limit, dispute.id, euros(MOST_CHANGES + 1))

    await act(market, LAMPS, set_limit, dispute.id, None)
    async with refused(InvalidInput):
        await act(market, LAMPS, set_limit, dispute.id, euros(1))


async def test_it_is_a_move_like_any_other(market: Market) -> None:
    dispute = await disputed(market)
    for who, kind in ((OLGA, NotAllowed), (BEN, NotFound)):
        async with refused(kind):
            await act(market, who, set_limit, dispute.id, euros(1))
    market.clock.advance(5 * DAY)

    async with refused(DisputeDeadlinePassed):
        await act(market, ADA, set_limit, dispute.id, euros(1))


async def test_a_return_that_is_agreed_ends_limits_and_they_cannot_be_set(market: Market) -> None:
    dispute = await disputed(market, asked=GOODS_FIRST)
    await act(market, ADA, set_limit, dispute.id, euros(8000))

    await act(market, LAMPS, actions.accept, dispute.id)

    assert not await PrivateLimit.exists()
    async with refused(WrongState):
        await act(market, ADA, set_limit, dispute.id, euros(1))


async def test_no_limit_outlives_its_dispute_not_even_by_hand(market: Market) -> None:
    dispute = await disputed(market)
    await act(market, ADA, set_limit, dispute.id, euros(8000))

    with pytest.raises(IntegrityError, match="none_left_behind"):
        await Dispute.filter(id=dispute.id).update(
            status="RESOLVED", closed_at=dispute.opened_at, outcome="NO_REFUND"
        )


async def test_both_limits_at_once_settle_exactly_once(market: Market) -> None:
    for _ in range(ROUNDS):
        dispute = await disputed(market)

        await asyncio.gather(
            act(market, ADA, set_limit, dispute.id, euros(4000)),
            act(market, LAMPS, set_limit, dispute.id, euros(6000)),
        )

        assert await Refund.filter(cause_id=dispute.id, amount_minor=5000).count() == 1
        assert (await told(dispute.order_id)).count("dispute.settled") == 1
        assert not await PrivateLimit.filter(dispute_id=dispute.id).exists()


async def test_a_limit_that_meets_and_an_accept_at_once_decide_once(market: Market) -> None:
    for _ in range(10):
        dispute = await disputed(market)
        await act(market, LAMPS, set_limit, dispute.id, euros(6000))

        answers = await asyncio.gather(
            act(market, ADA, set_limit, dispute.id, euros(4000)),
            act(market, LAMPS, actions.accept, dispute.id),
            return_exceptions=True,
        )

        assert sum(isinstance(answer, DisputeAlreadyDecided) for answer in answers) == 1
        assert await Refund.filter(cause_id=dispute.id).count() == 1
