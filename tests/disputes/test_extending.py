"""More time by consent, twice at most, and what it does to the clocks."""

from datetime import timedelta

import pytest

from ordergraph.disputes import actions, bargaining, extending
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.refusals import (
    ExtensionAlreadyAsked,
    ExtensionNotAsked,
    ExtensionsUsedUp,
    NotYourTurn,
)
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.policy import DAY as DAY_S
from ordergraph.kernel.refusal import InvalidInput
from tests.disputes.court import act, disputed, refused, told
from tests.disputes.deeds import HALF, reached
from tests.market import ADA, DAY, LAMPS, NOON, Market

S = DisputeStatus


async def extended(market: Market, dispute: Dispute, days: int) -> Dispute:
    """The seller asks, the buyer grants."""
    await act(market, LAMPS, extending.ask_extension, dispute.id, days * DAY_S)
    return await act(market, ADA, extending.grant_extension, dispute.id)


async def test_the_deadline_is_put_off_when_both_agree(market: Market) -> None:
    dispute = await disputed(market)
    market.clock.advance(4 * DAY)

    asked = await act(market, LAMPS, extending.ask_extension, dispute.id, 3 * DAY_S)
    assert (asked.extension_asked_s, asked.seller_response_due_at) == (3 * DAY_S, NOON + 5 * DAY)
    done = await act(market, ADA, extending.grant_extension, dispute.id)

    assert (done.extensions, done.extension_asked_s) == (1, None)
    assert done.seller_response_due_at == NOON + 8 * DAY
    assert done.negotiation_ends_at == NOON + 15 * DAY
    assert (done.reminders, done.remind_at) == (1, NOON + 8 * DAY * 0.9)
    assert (await told(dispute.order_id))[-2:] == [
        "dispute.extension_asked",
        "dispute.extension_granted",
    ]


async def test_the_negotiation_does_not_end_before_the_time_that_was_granted(
    market: Market,
) -> None:
    dispute = await disputed(market)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    market.clock.advance(6 * DAY)
    await act(market, ADA, bargaining.make_offer, dispute.id, HALF, "")
    market.clock.advance(4 * DAY)

    done = await extended(market, dispute, 7)

    assert done.seller_response_due_at == NOON + 18 * DAY
    assert done.negotiation_ends_at == NOON + 18 * DAY


async def test_two_extensions_are_enough(market: Market) -> None:
    dispute = await disputed(market)
    await extended(market, dispute, 1)
    done = await extended(market, dispute, 2)

    assert done.seller_response_due_at == NOON + 8 * DAY
    async with refused(ExtensionsUsedUp) as caught:
        await act(market, LAMPS, extending.ask_extension, dispute.id, DAY_S)
    assert caught.value.most == 2


async def test_only_who_is_waited_for_asks_and_once_at_a_time(market: Market) -> None:
    dispute = await disputed(market)

    async with refused(NotYourTurn):
        await act(market, ADA, extending.ask_extension, dispute.id, DAY_S)
    async with refused(ExtensionNotAsked):
        await act(market, ADA, extending.grant_extension, dispute.id)
    await act(market, LAMPS, extending.ask_extension, dispute.id, DAY_S)
    async with refused(ExtensionAlreadyAsked) as caught:
        await act(market, LAMPS, extending.ask_extension, dispute.id, 2 * DAY_S)
    assert caught.value.seconds == DAY_S


@pytest.mark.parametrize("seconds", [0, -1, 7 * DAY_S + 1])
async def test_it_is_not_longer_than_the_policy_allows(market: Market, seconds: int) -> None:
    dispute = await disputed(market)

    async with refused(InvalidInput):
        await act(market, LAMPS, extending.ask_extension, dispute.id, seconds)


async def test_a_request_ends_with_the_turn(market: Market) -> None:
    dispute = await disputed(market)
    await act(market, LAMPS, extending.ask_extension, dispute.id, DAY_S)

    done = await act(market, LAMPS, actions.refuse, dispute.id, "No.")

    assert done.extension_asked_s is None
    async with refused(ExtensionNotAsked):
        await act(market, LAMPS, extending.grant_extension, dispute.id)


async def test_the_buyer_may_have_more_time_to_send_the_goods_back(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_RETURN)

    await act(market, ADA, extending.ask_extension, dispute.id, DAY_S)
    done = await act(market, LAMPS, extending.grant_extension, dispute.id)

    assert done.return_ship_by_at == NOON + timedelta(days=11)
