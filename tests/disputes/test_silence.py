"""Nobody does anything any more: from every state the clocks alone lead to an end."""

from collections.abc import Awaitable, Callable

import pytest

from ordergraph.deadlines import DEADLINES
from ordergraph.disputes import actions, bargaining
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DISPUTE
from ordergraph.disputes.words import DecidedBy, DisputeOutcome, DisputeStatus
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import GATEWAY
from ordergraph.orders import actions as orders
from ordergraph.sweeping import sweep
from ordergraph.testclock.actions import soonest
from tests.disputes.court import GOODS_FIRST, act, complaint, disputed, refund_of
from tests.disputes.deeds import HALF, reached
from tests.market import ADA, DAY, LAMPS, Market

S, E = DisputeStatus, DisputeOutcome
MOST_STOPS = 20


Begin = Callable[[Market], Awaitable[Dispute]]


async def let_time_pass(market: Market, dispute: Dispute) -> str:
    """Go from deadline to deadline, as workers do who are never late, until the dispute is over.

    Returns what the clocks did, and on which day of the silence.
    """
    began, before = market.clock.at, await EventRow.filter(order_id=dispute.order_id).count()
    for _ in range(MOST_STOPS):
        next_at = await soonest(after=market.clock.at)
        assert next_at is not None, "a dispute that is not over waits for something"
        market.clock.at = next_at
        for deadline in DEADLINES:
            await sweep(market.edge, deadline)
        await dispute.refresh_from_db()
        if dispute.status is S.RESOLVED:
            break
    rows = EventRow.filter(order_id=dispute.order_id, position__gt=before).order_by("position")
    return ", ".join(
        f"{row.type.removeprefix('dispute.')} {(row.occurred_at - began) / DAY:g}"
        for row in await rows
        if row.type.startswith("dispute.")
    )


async def opened(market: Market) -> Dispute:
    return await disputed(market)


async def opened_for_return(market: Market) -> Dispute:
    return await disputed(market, asked=GOODS_FIRST)


async def denied(market: Market) -> Dispute:
    """The buyer says that it has not come; the carrier proves that it has."""
    order = await market.ship(await market.place())
    async with market.edge.transaction(GATEWAY) as tx:
        await orders.mark_delivered(tx, order.id)
    new = complaint(order, reason_handle="not-received")
    return await act(market, ADA, actions.open_dispute, new)


async def haggled(market: Market) -> Dispute:
    """They bargain slowly: the negotiation ends before the buyer's time does."""
    dispute = await disputed(market)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    market.clock.advance(6 * DAY)
    await act(market, ADA, bargaining.make_offer, dispute.id, HALF, "")
    market.clock.advance(3 * DAY)
    await act(market, LAMPS, bargaining.make_offer, dispute.id, HALF, "")
    return dispute


def in_state(status: DisputeStatus) -> Begin:
    return lambda market: reached(market, status)


CLOSED = "closed_by_deadline"
# fmt: off
WALKS = {
    # from                  how it begins                       outcome             on which day of the silence what happens
    "opened":              (opened,                         E.REFUNDED_FULL,    f"reminder 2.5, reminder 4.5, {CLOSED} 5"),
    "opened for a return": (opened_for_return,              E.NO_REFUND,        f"reminder 2.5, reminder 4.5, accepted 5, reminder 10, reminder 14, {CLOSED} 15"),
    "delivery proven":     (denied,                         E.REFUNDED_FULL,    f"reminder 2.5, reminder 4.5, escalated 5, reminder 20, reminder 32, {CLOSED} 35"),
    "no agreement":        (haggled,                        E.REFUNDED_FULL,    f"reminder 3, reminder 5.4, escalated 6, reminder 21, reminder 33, {CLOSED} 36"),
    S.AWAITING_SELLER:     (in_state(S.AWAITING_SELLER),    E.REFUNDED_PARTIAL, f"reminder 2.5, reminder 4.5, {CLOSED} 5"),
    S.AWAITING_BUYER:      (in_state(S.AWAITING_BUYER),     E.NO_REFUND,        f"reminder 3.5, reminder 6.3, {CLOSED} 7"),
    S.AWAITING_RETURN:     (in_state(S.AWAITING_RETURN),    E.NO_REFUND,        f"reminder 5, reminder 9, {CLOSED} 10"),
    S.RETURN_IN_TRANSIT:   (in_state(S.RETURN_IN_TRANSIT),  E.REFUNDED_FULL,    f"reminder 15, reminder 27, {CLOSED} 30"),
    S.UNDER_REVIEW:        (in_state(S.UNDER_REVIEW),       E.REFUNDED_FULL,    f"reminder 15, reminder 27, {CLOSED} 30"),
}
# fmt: on


def test_a_walk_begins_in_every_state() -> None:
    assert set(WALKS) >= set(S) - DISPUTE.final


@pytest.mark.parametrize(("begin", "outcome", "expected"), WALKS.values(), ids=list(WALKS))
async def test_the_clocks_alone_lead_to_an_end(
    market: Market, begin: Begin, outcome: DisputeOutcome, expected: str
) -> None:
    dispute = await begin(market)

    happened = await let_time_pass(market, dispute)

    assert (dispute.outcome, dispute.decided_by) == (outcome, DecidedBy.DEADLINE)
    assert happened == expected
    assert (await refund_of(dispute) is not None) is (outcome is not E.NO_REFUND)
