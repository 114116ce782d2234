"""Reminders: at half and at nine tenths of the time, to whom it waits for, and never afterwards."""

import pytest

from ordergraph.deadlines import named
from ordergraph.disputes import actions
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.words import DisputeStatus
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Role
from ordergraph.notifications.models import Notification
from ordergraph.orders.models import Order
from ordergraph.sweeping import sweep
from ordergraph.telling import deliver
from tests.disputes.court import act, disputed
from tests.disputes.deeds import reached
from tests.market import ADA, DAY, LAMPS, NOON, OLGA, OTTO, Market
from tests.notifications.feed import feed, tell_all_again
from tests.notifications.test_operators import meet

S = DisputeStatus
REMINDER = "dispute.reminder"


async def remind(market: Market) -> int:
    return await sweep(market.edge, named(REMINDER))


async def reminded(dispute: Dispute) -> list[tuple[str, object]]:
    """When, and whom."""
    rows = EventRow.filter(order_id=dispute.order_id, type=REMINDER).order_by("position")
    return [(row.data["waiting_for"], row.occurred_at) for row in await rows]


async def test_the_seller_is_reminded_twice_and_the_buyer_never(market: Market) -> None:
    dispute = await disputed(market)

    for days in (2.4, 0.1, 1.9, 0.1, 0.4):
        market.clock.advance(DAY * days)
        await remind(market)
    await deliver(market.hub, market.clock, limit=100)

    assert await reminded(dispute) == [
        ("SELLER", NOON + DAY * 2.5),
        ("SELLER", NOON + DAY * 4.5),
    ]
    told = await Notification.filter(type=REMINDER)
    assert {notice.user_id for notice in told} == {LAMPS.user_id}
    assert len(told) == 2


async def test_a_late_worker_reminds_once(market: Market) -> None:
    dispute = await disputed(market)
    market.clock.advance(DAY * 4.8)

    assert await remind(market) == 1
    assert await remind(market) == 0

    assert await reminded(dispute) == [("SELLER", NOON + DAY * 4.8)]


async def test_where_the_time_is_over_there_is_nothing_to_remind_of(market: Market) -> None:
    dispute = await disputed(market)
    version = dispute.version
    market.clock.advance(DAY * 5)

    await remind(market)

    assert await reminded(dispute) == []
    await dispute.refresh_from_db()
    assert (dispute.remind_at, dispute.version) == (None, version)
    assert await sweep(market.edge, named("dispute.seller_response")) == 1


async def test_the_next_turn_is_reminded_of_anew_and_what_is_over_is_not(market: Market) -> None:
    dispute = await disputed(market)
    market.clock.advance(DAY * 2.5)
    await remind(market)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")

    market.clock.advance(DAY * 3.5)
    await remind(market)
    await act(market, ADA, actions.withdraw, dispute.id)
    market.clock.advance(DAY * 3.4)
    await remind(market)

    assert await reminded(dispute) == [
        ("SELLER", NOON + DAY * 2.5),
        ("BUYER", NOON + DAY * 6),
    ]


async def test_who_decides_is_reminded_twice_and_neither_side_is_told(market: Market) -> None:
    await meet(market, OLGA, OTTO)
    dispute = await reached(market, S.UNDER_REVIEW)
    number = (await Order.get(id=dispute.order_id)).number

    for days in (15, 12):
        market.clock.advance(days * DAY)
        await remind(market)
        await deliver(market.hub, market.clock, limit=100)
    await tell_all_again()
    await deliver(market.hub, market.clock, limit=100)

    assert await reminded(dispute) == [
        ("OPERATOR", NOON + 15 * DAY),
        ("OPERATOR", NOON + 27 * DAY),
    ]
    for operator in (OLGA, OTTO):
        titles = [n["title"] for n in await feed(market, operator) if n["type"] == REMINDER]
        assert titles == [f"The dispute over order {number} still waits for your decision."] * 2
    told = await Notification.filter(type=REMINDER)
    assert {notice.user_id for notice in told} == {OLGA.user_id, OTTO.user_id}


async def test_operators_are_not_told_of_what_waits_for_a_side(market: Market) -> None:
    await meet(market, OLGA)
    await disputed(market)
    market.clock.advance(DAY * 2.5)

    await remind(market)
    await deliver(market.hub, market.clock, limit=100)

    told = await Notification.filter(type=REMINDER)
    assert [(notice.user_id, notice.side) for notice in told] == [(LAMPS.user_id, Role.SELLER)]


@pytest.mark.parametrize("status", [s for s in S if s is not S.RESOLVED])
async def test_every_turn_has_its_reminder(market: Market, status: DisputeStatus) -> None:
    dispute = await reached(market, status)

    assert dispute.remind_at is not None
    assert dispute.waits_since == NOON
