"""Reminders: at half and at nine tenths of the time, to whom it waits for, once, and never afterwards."""

import asyncio
from contextvars import Context
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ordergraph.deadlines import DEADLINES
from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.kernel.deadline import DeadlineKind, remind_at, reminders_due
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import actions as marketplace
from ordergraph.notifications.models import Mail, Notification
from ordergraph.orders.models import Order
from ordergraph.reminders import queries
from ordergraph.reminders.actions import TELLS
from ordergraph.reminders.models import Reminder
from ordergraph.sweeping import sweep
from ordergraph.testclock.actions import advance
from tests.market import ADA, DAY, LAMPS, NOON, OLGA, OTTO, Market
from tests.notifications.feed import feed, tell, tell_all_again
from tests.notifications.test_operators import meet
from tests.reminders.cases import CASES, ENDS, REMINDER, remind, reminded, taken_back

KINDS = pytest.mark.parametrize("kind", CASES)
A_MOMENT = timedelta(seconds=1)


def order_of(row: Any) -> UUID:
    id_: UUID = row.id if isinstance(row, Order) else row.order_id
    return id_


async def sweep_everything(market: Market) -> None:
    for deadline in DEADLINES:
        await sweep(market.edge, deadline)


@KINDS
async def test_whoever_it_waits_for_is_reminded_twice_and_nobody_else(
    market: Market, kind: DeadlineKind
) -> None:
    await meet(market, OLGA)
    case = CASES[kind]
    row = await case.begin(market)
    begun, number = market.clock.at, (await Order.get(id=order_of(row))).number

    for days in (case.days * 0.49, case.days * 0.01, case.days * 0.39, case.days * 0.01):
        market.clock.advance(DAY * days)
        await remind(market)
        await tell(market)
    await tell_all_again()
    await tell(market)

    assert await reminded(order_of(row)) == [
        (case.side, begun + DAY * case.days * 0.5),
        (case.side, begun + DAY * case.days * 0.9),
    ]
    told = await Notification.filter(type=case.type)
    assert [(notice.user_id, notice.side) for notice in told] == [
        (case.told.user_id, Role[case.side])
    ] * 2
    titles = [n["title"] for n in await feed(market, case.told) if n["type"] == case.type]
    assert titles == [case.title.format(number)] * 2


@KINDS
async def test_a_late_worker_reminds_once(market: Market, kind: DeadlineKind) -> None:
    case = CASES[kind]
    row = await case.begin(market)
    market.clock.advance(DAY * case.days * 0.95)

    assert await sweep_of(market, row) == 1
    assert await sweep_of(market, row) == 0

    assert await reminded(order_of(row)) == [(case.side, market.clock.at)]


async def sweep_of(market: Market, row: Any) -> int:
    """An order of a late request waits to be shipped, too."""
    await Reminder.exclude(id=row.id).delete()
    return await remind(market)


@KINDS
async def test_where_the_time_is_over_there_is_nothing_to_remind_of(
    market: Market, kind: DeadlineKind
) -> None:
    case = CASES[kind]
    row = await case.begin(market)
    version = row.version
    market.clock.advance(DAY * case.days)

    await sweep_of(market, row)

    assert await reminded(order_of(row)) == []
    assert not await Reminder.exists()
    await row.refresh_from_db()
    assert row.version == version


@pytest.mark.parametrize("end", ENDS)
async def test_nobody_is_reminded_of_what_is_done(market: Market, end: str) -> None:
    kind, ends = ENDS[end]
    case = CASES[kind]
    row = await case.begin(market)
    market.clock.advance(DAY / 100)
    await row.refresh_from_db()

    await ends(market, row)

    assert not await Reminder.exists(id=row.id)
    market.clock.advance(DAY * case.days * 0.95)
    await sweep_of(market, row)
    assert not await EventRow.exists(type=case.type)


@KINDS
async def test_what_its_own_clock_ended_is_not_reminded_of(
    market: Market, kind: DeadlineKind
) -> None:
    case = CASES[kind]
    row = await case.begin(market)
    market.clock.advance(DAY * case.days)

    await sweep_everything(market)

    assert not await Reminder.exists(id=row.id)
    assert await reminded(order_of(row)) == []


@KINDS
async def test_two_workers_at_once_remind_once(market: Market, kind: DeadlineKind) -> None:
    case = CASES[kind]
    row = await case.begin(market)
    await Reminder.exclude(id=row.id).delete()
    market.clock.advance(DAY * case.days * 0.5)

    done = await asyncio.gather(*(remind(market) for _ in range(3)))

    assert await remind(market) + sum(done) == 1
    assert await reminded(order_of(row)) == [(case.side, market.clock.at)]


@pytest.mark.parametrize("end", ENDS)
async def test_what_was_done_since_it_was_found_is_left_alone(market: Market, end: str) -> None:
    kind, ends = ENDS[end]
    row = await CASES[kind].begin(market)
    await Reminder.exclude(id=row.id).delete()
    await Reminder.filter(id=row.id).update(remind_at=market.clock.at)
    await row.refresh_from_db()

    async def done_meanwhile(reminder_id: UUID) -> Reminder | None:
        await asyncio.create_task(ends(market, row), context=Context())
        return await queries.claim(reminder_id)

    assert await sweep(market.edge, replace(REMINDER, hold=done_meanwhile)) == 0

    assert not await EventRow.exists(type=CASES[kind].type)


async def test_what_the_bank_took_back_is_for_operators_and_not_the_buyer(market: Market) -> None:
    await meet(market, OLGA, OTTO)
    refund = await taken_back(market)
    market.clock.advance(7 * DAY)

    await remind(market)
    await tell(market)

    assert await reminded(refund.order_id) == [("OPERATOR", market.clock.at)]
    told = await Notification.filter(type="refund.reminder")
    assert {notice.user_id for notice in told} == {OLGA.user_id, OTTO.user_id}
    title = next(n["title"] for n in await feed(market, OLGA) if n["type"] == "refund.reminder")
    assert title.endswith("still waits for you: it is given up otherwise.")


async def test_a_reminder_is_mailed_as_any_notice_is(market: Market) -> None:
    await meet(market, LAMPS, email="lamps@shop.example")
    await market.place()
    market.clock.advance(DAY * 3.5)
    await remind(market)

    await tell(market)

    (notice,) = await Notification.filter(type="order.shipping_reminder")
    assert await Mail.exists(notification_id=notice.id)


@KINDS
async def test_what_the_database_notes_is_what_the_rule_says(
    market: Market, kind: DeadlineKind
) -> None:
    case = CASES[kind]
    row = await case.begin(market)

    noted = await Reminder.get(id=row.id)

    assert (noted.kind, noted.order_id) == (kind, order_of(row))
    assert (noted.since, noted.due_at) == (market.clock.at, market.clock.at + DAY * case.days)
    assert noted.remind_at == remind_at(noted.since, noted.due_at, given=0)


async def test_the_order_s_own_policy_says_how_long_a_declined_refund_waits(market: Market) -> None:
    async with market.edge.transaction(SYSTEM) as tx:
        await marketplace.publish(tx, Policy(refund_action_s=10 * 86_400))

    row = await CASES[DeadlineKind.REFUND_ACTION_DUE].begin(market)

    noted = await Reminder.get(id=row.id)
    assert (noted.since, noted.remind_at) == (market.clock.at, market.clock.at + 5 * DAY)


async def test_a_refund_that_is_declined_again_is_reminded_of_anew(market: Market) -> None:
    row = await CASES[DeadlineKind.REFUND_ACTION_DUE].begin(market)
    market.clock.advance(8 * DAY)
    await remind(market)

    await type(row).filter(id=row.id).update(action_due_at=market.clock.at + 14 * DAY)

    assert (await Reminder.get(id=row.id)).remind_at == market.clock.at + 7 * DAY


def test_every_kind_is_told_of_and_has_a_case() -> None:
    assert set(TELLS) == set(CASES) == {kind for kind, _ in ENDS.values()}


async def test_the_test_clock_reminds_at_the_own_time_of_each(market: Market) -> None:
    real = Market(clock=DatabaseClock(), hub=market.hub)  # type: ignore[arg-type]  # any clock will do
    order = await real.place()
    assert order.paid_at is not None

    await advance(real.cashier, 7 * DAY)

    found = await reminded(order.id)
    assert [side for side, _ in found] == ["SELLER", "SELLER"]
    for (_, at), part in zip(found, (0.5, 0.9), strict=True):
        assert isinstance(at, datetime)
        assert timedelta() <= at - (order.paid_at + DAY * 7 * part) < A_MOMENT


@pytest.mark.parametrize(
    ("passed", "given"), [(0, 0), (4.9, 0), (5, 1), (8.9, 1), (9, 2), (10, 2), (99, 2)]
)
def test_a_reminder_has_its_time_on_the_second(passed: float, given: int) -> None:
    due_at = NOON + 10 * DAY

    assert reminders_due(NOON, due_at, NOON + passed * DAY) == given


def test_after_two_there_is_none() -> None:
    moments = [remind_at(NOON, NOON + 10 * DAY, given) for given in range(3)]

    assert moments == [NOON + 5 * DAY, NOON + 9 * DAY, None]


async def test_the_buyer_hears_of_nothing_that_waits_for_the_seller(market: Market) -> None:
    await market.place()
    market.clock.advance(DAY * 3.5)
    await remind(market)
    await tell(market)

    assert "order.shipping_reminder" not in {n["type"] for n in await feed(market, ADA)}
