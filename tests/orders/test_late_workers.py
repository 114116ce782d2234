"""J6: an order whose worker is late is answered, shown and left as one whose worker came in time."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from ordergraph.appeals import actions as appeals
from ordergraph.deadlines import DEADLINES, named
from ordergraph.disputes import actions as disputes
from ordergraph.disputes.terms import Terms
from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import SYSTEM, Actor
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import Refusal
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus as S
from ordergraph.payments.models import Payment
from ordergraph.refunds import goodwill
from ordergraph.refunds.models import Refund
from ordergraph.shipping import actions as shipping
from ordergraph.sweeping import sweep
from ordergraph.withdrawals import actions as withdrawals
from tests.appeals.bench import new
from tests.disputes.court import act, complaint, decided
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid
from tests.orders.commands import COMMANDS, NO, do
from tests.states import order_in
from tests.watching import snapshot

ONE = timedelta(microseconds=1)
CLOCKS = [named(f"order.{name}") for name in ("ship_by", "presumed_delivered", "protection_ends")]
SHIPMENT = orders.Shipment(carrier="Post", tracking_number="T1", promised_at=None)
PEOPLE = {"buyer": ADA, "seller": LAMPS, "operator": OLGA}
CASES = [
    # the order begins as, and so much later nobody has looked at it
    (S.PROCESSING, 7 * DAY - ONE),
    (S.PROCESSING, 7 * DAY),
    (S.PROCESSING, 30 * DAY),
    (S.SHIPPED, 30 * DAY - ONE),
    (S.SHIPPED, 30 * DAY),
    (S.SHIPPED, 44 * DAY),
    (S.SHIPPED, 45 * DAY),
    (S.SHIPPED, 90 * DAY),
    (S.DELIVERED, 14 * DAY),
    (S.DELIVERED, 15 * DAY),
]
each_case = pytest.mark.parametrize(("status", "later"), CASES)
SHOWN = (
    """query Shown($id: ID!) { order(id: $id) {
  canCancel deadlines { kind dueAt }
  actions { kind available until opensAt blockedBy { ...No ...More } }
  cancellationPreview { amount { amount } request blockedBy { ...No } }
  damaged: disputePreview(reasonHandle: "damaged") { opensAt until blockedBy { ...No ...More } }
  missing: disputePreview(reasonHandle: "not-received") { opensAt until blockedBy { ...No ...More } }
} }
fragment More on UserError {
  ... on DisputeNotYetError { opensAt } ... on DisputeWindowClosedError { closedAt }
  ... on WithdrawalPeriodOverError { endedAt } }"""
    + NO
)


class Pair(NamedTuple):
    """Two orders alike; of one of them the workers take care, each time on the dot."""

    late: Order
    in_time: Order


async def pair(market: Market, status: S, later: timedelta) -> Pair:
    found = Pair(await order_in(market, status), await order_in(market, status))
    market.clock.advance(later)
    await on_the_dot(market, found.in_time)
    return found


async def on_the_dot(market: Market, order: Order) -> None:
    """What the order's clocks have done by now, each thing at its own moment."""
    now = market.clock.at
    for deadline in CLOCKS:
        row = await deadline.waiting().get_or_none(id=order.id)
        due_at: datetime | None = getattr(row, deadline.column) if row else None
        if due_at is not None and due_at <= now:
            market.clock.at = due_at
            async with market.edge.transaction(SYSTEM) as tx:
                await deadline.act(tx, await Order.select_for_update().get(id=order.id))
    market.clock.at = now


async def shown(market: Market, actor: Actor, order: Order) -> Any:
    return (await market.ask(actor, SHOWN, id=gid("Order", order.id)))["order"]


Deed = Callable[[Tx, Order], Awaitable[object]]


async def _withdraw(tx: Tx, order: Order) -> None:
    draft = withdrawals.NewWithdrawal(
        order_id=order.id, picked=None, name=None, contact_email=None, language="en"
    )
    await withdrawals.confirm(tx, (await withdrawals.start(tx, draft)).id)


def _gift(order: Order) -> goodwill.Gift:
    nothing, some = Money(0, order.currency), Money(500, order.currency)
    return goodwill.Gift(
        order_id=order.id, lines=(), shipping=nothing, adjustment=some, note="Sorry."
    )


DEEDS: dict[str, tuple[Actor, Deed]] = {
    "complains": (ADA, lambda tx, o: disputes.open_dispute(tx, complaint(o))),
    "misses": (
        ADA,
        lambda tx, o: disputes.open_dispute(tx, complaint(o, reason_handle="not-received")),
    ),
    "withdraws": (ADA, _withdraw),
    "confirms": (ADA, lambda tx, o: orders.confirm_receipt(tx, o.id)),
    "ships": (LAMPS, lambda tx, o: shipping.ship(tx, o.id, SHIPMENT)),
    "gives": (LAMPS, lambda tx, o: goodwill.create(tx, _gift(o))),
    "delivers": (OLGA, lambda tx, o: orders.mark_delivered(tx, o.id)),
}


async def outcome(market: Market, actor: Actor, deed: Deed, order: Order) -> Any:
    try:
        await act(market, actor, deed, order)
    except Refusal as refusal:
        return type(refusal), vars(refusal)
    return None


async def left(order: Order) -> Any:
    """What the order has come to, but for ids, and for when the seller was paid out."""
    row = dict(await Order.get(id=order.id).values())
    for name in ("id", "number", "completed_at"):
        del row[name]
    events = EventRow.filter(order_id=order.id, type__not="order.cancel_window_closed")
    told = await events.order_by("position").values_list("type", "actor_role")
    money = await Payment.get(order_id=order.id).values(
        "refund_reserved_minor", "paid_out_minor", "platform_cost_minor"
    )
    return row, list(told), money


@each_case
async def test_what_people_see_is_the_same(market: Market, status: S, later: timedelta) -> None:
    late, in_time = await pair(market, status, later)
    before = await snapshot()

    for actor in PEOPLE.values():
        assert await shown(market, actor, late) == await shown(market, actor, in_time)

    assert await snapshot() == before


PAGE = "{ viewer { %s(first: 9) { nodes { id canCancel } } } }"
"""Postgres writes it, and brings along what decides."""


@each_case
@pytest.mark.parametrize(("actor", "side"), [(ADA, "purchases"), (LAMPS, "sales")])
async def test_a_page_says_the_same_as_each_order(
    market: Market, status: S, later: timedelta, actor: Actor, side: str
) -> None:
    found = await pair(market, status, later)

    for _ in range(2):  # the second time the document is known
        nodes = (await market.ask(actor, PAGE % side))["viewer"][side]["nodes"]
        page = {node["id"]: node["canCancel"] for node in nodes}
        one_by_one = {
            gid("Order", order.id): (await shown(market, actor, order))["canCancel"]
            for order in found
        }
        assert page == one_by_one
        assert len(set(page.values())) == 1


@each_case
@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize("person", PEOPLE)
async def test_every_command_is_answered_the_same(
    market: Market, status: S, later: timedelta, kind: str, person: str
) -> None:
    late, in_time = await pair(market, status, later)

    answers = [await do(market, PEOPLE[person], kind, order) for order in (late, in_time)]

    for answer in answers:
        answer.get("order", {}).pop("id", None)
    assert answers[0] == answers[1]


@each_case
@pytest.mark.parametrize("name", DEEDS)
async def test_every_deed_comes_to_the_same(
    market: Market, status: S, later: timedelta, name: str
) -> None:
    late, in_time = await pair(market, status, later)
    actor, deed = DEEDS[name]

    outcomes = [await outcome(market, actor, deed, order) for order in (late, in_time)]

    assert outcomes[0] == outcomes[1]
    await on_the_dot(market, late)
    assert await left(late) == await left(in_time)


@each_case
async def test_a_worker_that_comes_late_leaves_what_one_in_time_has_left(
    market: Market, status: S, later: timedelta
) -> None:
    late, in_time = await pair(market, status, later)

    for deadline in DEADLINES:
        await sweep(market.edge, deadline)

    assert await left(late) == await left(in_time)


async def test_what_should_have_been_shipped_is_the_sellers_fault_whoever_comes_first(
    market: Market,
) -> None:
    """The seller cannot cancel it for a reason of theirs, and so put off the refund."""
    order = await market.place()
    market.clock.advance(7 * DAY + ONE)
    before = await snapshot()

    answers = [
        await do(market, who, kind, order) for who, kind in ((LAMPS, "SHIP"), (OLGA, "CANCEL"))
    ]

    assert {answer["__typename"] for answer in answers} == {"OrderAlreadyCanceledError"}
    assert {answer["canceledAt"] for answer in answers} == {"2026-11-30T12:00:00.000Z"}
    assert await snapshot() == before
    await sweep(market.edge, named("order.ship_by"))
    refund = await Refund.get(order_id=order.id)
    assert refund.due_at == market.clock.at


async def test_an_appeal_on_an_order_that_should_be_complete_is_at_the_marketplaces_cost(
    market: Market,
) -> None:
    """The seller would have been paid out, had a worker come."""
    found = Pair(await order_in(market, S.DELIVERED), await order_in(market, S.DELIVERED))
    cases = []
    for order in found:
        case = await act(market, ADA, disputes.open_dispute, complaint(order))
        await act(market, LAMPS, disputes.refuse, case.id, "No.")
        await act(market, ADA, disputes.escalate, case.id, "")
        await decided(market, OLGA, case, Terms(amount=Money(0, "EUR")), "No proof.")
        cases.append(case)
    market.clock.advance(20 * DAY)
    await on_the_dot(market, found.in_time)

    for case in cases:
        appeal, _ = await act(market, ADA, appeals.appeal, new(case, 8470))
        await act(market, OLGA, appeals.grant, appeal.id, appeal.asked, "Right.")

    assert await left(found.late) == await left(found.in_time)
    assert [refund.borne_by for refund in await Refund.all()] == ["OPERATOR"] * 2
