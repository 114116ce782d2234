"""When a consumer may withdraw: on the second, and in every state of the order."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.cancellations.plan import Left
from ordergraph.disputes.refusals import DisputeAlreadyOpen
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.refusal import AmountTooHigh, NotAllowed, Refusal, WrongState
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.process import OrderStatus as S
from ordergraph.withdrawals.process import (
    RIGHT,
    Ground,
    WithdrawalAwaitsAppeal,
    WithdrawalExcluded,
    WithdrawalNotYet,
    WithdrawalPeriodOver,
    WithdrawalStatus,
    ends_at,
    status_of,
    why_not,
)
from tests.market import DAY, NOON

SECOND = timedelta(seconds=1)
PERISHABLE = WithdrawalExclusion.PERISHABLE


@dataclass
class Order:
    status: S = S.DELIVERED
    cancelable_until: datetime | None = None
    delivered_at: datetime | None = NOON
    protection_ends_at: datetime | None = NOON + 15 * DAY
    disputed_at: datetime | None = None
    ship_by_at: datetime | None = None
    presumed_delivered_at: datetime | None = None
    canceled_at: datetime | None = None
    policy: Policy = field(default_factory=Policy)
    currency: str = "EUR"
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Line:
    open_quantity: int = 1
    excluded_from_withdrawal: WithdrawalExclusion | None = None
    quantity: int = 1
    paid_minor: int = 100
    canceled_quantity: int = 0
    returned_quantity: int = 0
    refunded_minor: int = 0
    id: UUID = field(default_factory=uuid4)


def ground(order: Order | None = None, *lines: Line, minor: int = 100) -> Ground:
    left = Left(0, minor, is_unsent=False, step=1)
    return Ground(order or Order(), None, left, lines or (Line(),))


def judged(found: Ground, at: datetime = NOON) -> Refusal | None:
    return why_not(found, None, Role.BUYER, at)


def test_the_period_ends_on_the_second_fourteen_days_after_delivery() -> None:
    end = NOON + 14 * DAY

    in_time, too_late = judged(ground(), end - SECOND), judged(ground(), end)

    assert in_time is None
    assert isinstance(too_late, WithdrawalPeriodOver)
    assert too_late.ended_at == end


@given(st.integers(0, 60 * 86_400), st.integers(0, 90 * 86_400))
def test_the_period_is_the_policys_and_no_longer_than_the_protection(
    lasts: int, guards: int
) -> None:
    protected_until = NOON + timedelta(seconds=guards)
    policy = replace(Policy(), withdrawal_s=lasts, protection_s=guards)
    order = Order(policy=policy, protection_ends_at=protected_until)

    end = ends_at(order)

    assert end == NOON + timedelta(seconds=min(lasts, guards))
    assert judged(ground(order), end - SECOND) is None
    assert isinstance(judged(ground(order), end), WithdrawalPeriodOver)


def test_what_a_dispute_took_of_the_protection_is_given_to_the_period_too() -> None:
    order = Order(protection_ends_at=NOON + 40 * DAY)

    assert ends_at(order) == NOON + 39 * DAY
    assert judged(ground(order), NOON + 39 * DAY - SECOND) is None


def test_while_an_appeal_is_open_the_time_to_withdraw_stands_still() -> None:
    order, over = Order(disputed_at=NOON + DAY), SimpleNamespace(status=DisputeStatus.RESOLVED)

    waits = judged(replace(ground(order), latest=over), NOON + 30 * DAY)
    too_late = judged(ground(replace(order, disputed_at=NOON + 14 * DAY)), NOON + 30 * DAY)

    assert isinstance(waits, WithdrawalAwaitsAppeal)
    assert waits.since == NOON + DAY
    assert isinstance(too_late, WithdrawalPeriodOver)


def test_every_state_of_an_order_has_its_row() -> None:
    assert set(RIGHT) == set(S)


@pytest.mark.parametrize("until", [None, NOON + SECOND])
def test_while_the_buyer_may_cancel_that_is_the_way(until: datetime | None) -> None:
    unpaid = Order(S.PENDING_PAYMENT, until, delivered_at=None, protection_ends_at=None)
    paid = replace(unpaid, status=S.PROCESSING, cancelable_until=NOON + SECOND)

    before, inside = judged(ground(unpaid)), judged(ground(paid))

    assert isinstance(before, WithdrawalNotYet)
    assert before.cancelable_until == until
    assert isinstance(inside, WithdrawalNotYet)
    assert inside.cancelable_until == NOON + SECOND
    assert judged(ground(paid), NOON + SECOND) is None


def test_on_its_way_the_period_has_not_begun() -> None:
    order = Order(S.SHIPPED, delivered_at=None, protection_ends_at=None)

    assert judged(ground(order), NOON + 1000 * DAY) is None
    assert ends_at(order) is None


def test_what_should_have_come_counts_as_delivered_whether_or_not_a_worker_ran() -> None:
    on_its_way = Order(S.SHIPPED, None, None, None, presumed_delivered_at=NOON)

    too_late = judged(ground(on_its_way), NOON + 14 * DAY)

    assert judged(ground(on_its_way), NOON + 14 * DAY - SECOND) is None
    assert isinstance(too_late, WithdrawalPeriodOver)
    assert too_late.ended_at == NOON + 14 * DAY
    stopped = judged(ground(replace(on_its_way, disputed_at=NOON - DAY)), NOON + 99 * DAY)
    assert isinstance(stopped, WithdrawalAwaitsAppeal)


def test_what_should_have_been_shipped_is_canceled_whether_or_not_a_worker_ran() -> None:
    waits = Order(S.PROCESSING, NOON, None, None, ship_by_at=NOON + DAY)

    assert judged(ground(waits), NOON + DAY - SECOND) is None
    assert isinstance(judged(ground(waits), NOON + DAY), WrongState)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [(S.COMPLETED, WithdrawalPeriodOver), (S.CANCELED, WrongState), (S.EXPIRED, WrongState)],
)
def test_what_is_over_stays_over(status: S, refusal: type[Refusal]) -> None:
    assert isinstance(judged(ground(Order(status))), refusal)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.BUYER])
def test_only_the_buyer_withdraws(role: Role) -> None:
    assert isinstance(why_not(ground(), None, role, NOON), NotAllowed)


def test_a_marketplace_outside_the_eu_may_switch_it_off() -> None:
    order = Order(policy=replace(Policy(), eu_withdrawal=False))

    assert isinstance(judged(ground(order)), NotAllowed)


def test_an_open_dispute_and_money_that_is_gone_stand_in_the_way() -> None:
    dispute_id = uuid4()

    disputed = judged(
        replace(ground(), latest=SimpleNamespace(id=dispute_id, status=DisputeStatus.UNDER_REVIEW))
    )

    assert isinstance(disputed, DisputeAlreadyOpen)
    assert disputed.dispute_id == dispute_id
    assert isinstance(judged(ground(minor=0)), AmountTooHigh)
    assert isinstance(judged(ground(None, Line(open_quantity=0))), AmountTooHigh)


def test_excluded_goods_stay_out_of_it() -> None:
    lamp, cheese = Line(), Line(excluded_from_withdrawal=PERISHABLE)
    both, only = ground(None, lamp, cheese), ground(None, cheese)

    named = why_not(both, {lamp.id: 1, cheese.id: 1}, Role.BUYER, NOON)
    nothing_else = judged(only)

    assert judged(both) is None
    assert isinstance(named, WithdrawalExcluded)
    assert named.line_ids == [cheese.id]
    assert isinstance(nothing_else, WithdrawalExcluded)
    assert nothing_else.line_ids == [cheese.id]


def test_a_statement_lapses_on_the_second_unless_it_was_confirmed() -> None:
    assert status_of(None, NOON + SECOND, NOON) is WithdrawalStatus.STARTED
    assert status_of(None, NOON, NOON) is WithdrawalStatus.LAPSED
    assert status_of(NOON, NOON + SECOND, NOON + DAY) is WithdrawalStatus.CONFIRMED
