"""Opening a dispute."""

from datetime import timedelta

import pytest

from ordergraph.disputes import actions
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.refusals import (
    DisputeAlreadyDecided,
    DisputeAlreadyOpen,
    DisputeNotYet,
    DisputeWindowClosed,
)
from ordergraph.disputes.words import DisputeStage, DisputeStatus
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput, NotAllowed, NotFound
from tests.disputes.court import TOTAL, act, complaint, disputed, refused, told
from tests.market import ADA, BEN, DAY, LAMPS, NOON, OLGA, PAPER, Market


async def test_the_buyer_opens_a_dispute_and_the_seller_has_five_days(market: Market) -> None:
    order = await market.deliver(await market.place())

    dispute = await act(market, ADA, actions.open_dispute, complaint(order))

    assert dispute.status is DisputeStatus.AWAITING_SELLER
    assert dispute.stage is DisputeStage.NEGOTIATION
    assert dispute.requested == TOTAL
    assert dispute.seller_response_due_at == NOON + 5 * DAY
    assert dispute.negotiation_ends_at == NOON + 15 * DAY
    await order.refresh_from_db()
    assert order.disputed_at == NOON
    assert (await told(order.id))[-1] == "dispute.opened"


@pytest.mark.parametrize("reason", ["not-received", "damaged"])
async def test_a_parcel_that_is_overdue_counts_as_delivered_and_can_be_disputed(
    market: Market, reason: str
) -> None:
    """J6: no worker has run."""
    order = await market.ship(await market.place(), promised_at=NOON + 2 * DAY)
    complained = complaint(order, reason_handle=reason)

    async with refused(DisputeNotYet) as caught:
        await act(market, ADA, actions.open_dispute, complained)
    assert caught.value.opens_at == NOON + 2 * DAY

    market.clock.advance(2 * DAY)
    assert await act(market, ADA, actions.open_dispute, complained)
    assert (await told(order.id))[-2:] == ["order.delivered", "dispute.opened"]


async def test_an_order_that_has_not_been_shipped_has_to_be_canceled_instead(
    market: Market,
) -> None:
    order = await market.place()

    async with refused(DisputeNotYet) as caught:
        await act(market, ADA, actions.open_dispute, complaint(order))
    assert caught.value.opens_at is None


async def test_the_window_closes_on_the_second_before_any_worker_has_run(market: Market) -> None:
    order = await market.deliver(await market.place())
    market.clock.advance(15 * DAY - timedelta(microseconds=1))
    first = await act(market, ADA, actions.open_dispute, complaint(order))
    await act(market, ADA, actions.withdraw, first.id)

    market.clock.advance(timedelta(microseconds=1))
    async with refused(DisputeWindowClosed) as caught:
        await act(market, ADA, actions.open_dispute, complaint(order))
    assert caught.value.closed_at == NOON + 15 * DAY


async def test_a_second_dispute_needs_the_first_to_be_withdrawn(market: Market) -> None:
    first = await disputed(market)
    order = await first.order

    async with refused(DisputeAlreadyOpen) as caught:
        await act(market, ADA, actions.open_dispute, complaint(order))
    assert caught.value.dispute_id == first.id

    await act(market, ADA, actions.withdraw, first.id)
    second = await act(market, ADA, actions.open_dispute, complaint(order, amount=Money(1, "EUR")))
    await act(market, LAMPS, actions.accept, second.id)
    async with refused(DisputeAlreadyDecided):
        await act(market, ADA, actions.open_dispute, complaint(order))
    assert await Dispute.filter(order_id=order.id).count() == 2


@pytest.mark.parametrize("minor", [0, -1])
async def test_nothing_and_less_cannot_be_asked_for(market: Market, minor: int) -> None:
    order = await market.deliver(await market.place())

    async with refused(InvalidInput) as caught:
        await act(market, ADA, actions.open_dispute, complaint(order, amount=Money(minor, "EUR")))
    assert caught.value.field == "amount"


async def test_no_more_can_be_asked_for_than_there_is_to_give_back(market: Market) -> None:
    order = await market.deliver(await market.place())

    async with refused(AmountTooHigh) as caught:
        await act(market, ADA, actions.open_dispute, complaint(order, amount=Money(8471, "EUR")))
    assert caught.value.maximum == TOTAL


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason_handle", "no-such-reason"),
        ("reason_handle", "out-of-stock"),
        ("description", "  "),
        ("description", "x" * 4001),
        ("description", "bell \x07"),
    ],
)
async def test_a_bad_reason_or_text_stores_nothing(market: Market, field: str, value: str) -> None:
    order = await market.deliver(await market.place())

    async with refused(InvalidInput):
        await act(market, ADA, actions.open_dispute, complaint(order, **{field: value}))


@pytest.mark.parametrize("actor", [LAMPS, OLGA])
async def test_only_the_buyer_opens(market: Market, actor: Actor) -> None:
    order = await market.deliver(await market.place())

    async with refused(NotAllowed):
        await act(market, actor, actions.open_dispute, complaint(order))


@pytest.mark.parametrize("stranger", [BEN, PAPER])
async def test_a_stranger_finds_no_order(market: Market, stranger: Actor) -> None:
    order = await market.deliver(await market.place())

    async with refused(NotFound):
        await act(market, stranger, actions.open_dispute, complaint(order))
