"""The rules of appeals by themselves: who, when, how much."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ordergraph.appeals.process import (
    APPEAL,
    AlreadyAppealed,
    AppealAction,
    AppealStatus,
    AppealWindowClosed,
    Ground,
    NothingLost,
    NothingToAppeal,
    why_not,
    why_not_appeal,
)
from ordergraph.disputes.refusals import DisputeAlreadyOpen, DisputeDeadlinePassed
from ordergraph.disputes.words import DisputeOutcome, DisputeStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import NotAllowed, Refusal, WrongState
from tests.market import DAY, NOON

BUYER, SELLER, OPERATOR, SYSTEM, _ = Role
S, A = AppealStatus, AppealAction
WINDOW = 30 * DAY
LATER = NOON + timedelta(seconds=1)


@dataclass
class Ended:
    status: DisputeStatus = DisputeStatus.RESOLVED
    outcome: DisputeOutcome | None = DisputeOutcome.REFUNDED_PARTIAL
    closed_at: datetime | None = NOON


@dataclass
class Later:
    """A dispute over the same order that was opened a day after the decision."""

    status: DisputeStatus = DisputeStatus.RESOLVED
    opened_at: datetime = NOON + DAY
    closed_at: datetime | None = NOON + 11 * DAY
    id: UUID = field(default_factory=uuid4)


@dataclass
class Made:
    made_by: Role = BUYER
    status: AppealStatus = S.UNDER_REVIEW
    decision_due_at: datetime = NOON + WINDOW
    id: UUID = field(default_factory=uuid4)


def ground(**other: object) -> Ground:
    facts = {
        "dispute": Ended(),
        "missing": Money(100, "EUR"),
        "taken": Money(200, "EUR"),
        "appeals": (),
        "window": WINDOW,
        "later": (),
    }
    return Ground(**(facts | other))  # type: ignore[arg-type]  # each test gives one of these


def test_each_side_may_appeal_for_what_it_lost() -> None:
    assert why_not_appeal(ground(), BUYER, LATER) is None
    assert why_not_appeal(ground(), SELLER, LATER) is None
    assert ground().most(BUYER) == Money(100, "EUR")
    assert ground().most(SELLER) == Money(200, "EUR")


OPEN = Ended(DisputeStatus.UNDER_REVIEW, None, None)
WITHDRAWN = Ended(outcome=DisputeOutcome.WITHDRAWN)
NOTHING = Money(0, "EUR")


@pytest.mark.parametrize(
    ("other", "role", "refusal"),
    [
        ({}, OPERATOR, NotAllowed),
        ({}, SYSTEM, NotAllowed),
        ({"dispute": OPEN}, BUYER, WrongState),
        ({"missing": None}, BUYER, NothingToAppeal),
        ({"missing": None}, SELLER, NothingToAppeal),
        ({"dispute": WITHDRAWN}, BUYER, NothingToAppeal),
        ({"missing": NOTHING}, BUYER, NothingLost),
        ({"taken": NOTHING}, SELLER, NothingLost),
        ({"appeals": (Made(),)}, BUYER, AlreadyAppealed),
        ({"appeals": (Made(status=S.DENIED),)}, BUYER, AlreadyAppealed),
        ({"appeals": (Made(),)}, SELLER, None),
    ],
)
def test_what_an_appeal_cannot_stand_on(
    other: dict[str, object], role: Role, refusal: type[Refusal] | None
) -> None:
    assert type(why_not_appeal(ground(**other), role, LATER)) is (refusal or type(None))


def test_the_window_closes_on_the_second() -> None:
    just_before = NOON + WINDOW - timedelta(microseconds=1)

    assert why_not_appeal(ground(), BUYER, just_before) is None
    assert isinstance(why_not_appeal(ground(), BUYER, NOON + WINDOW), AppealWindowClosed)


def test_a_later_dispute_ends_first_and_its_time_does_not_count() -> None:
    open_ = Later(DisputeStatus.AWAITING_RETURN, closed_at=None)
    other = Later(opened_at=NOON + 100 * DAY, closed_at=NOON + 200 * DAY)
    until = NOON + WINDOW + 10 * DAY

    waits = why_not_appeal(ground(later=(open_,)), SELLER, NOON + 300 * DAY)
    in_time = why_not_appeal(ground(later=(Later(), other)), SELLER, until - timedelta(seconds=1))
    too_late = why_not_appeal(ground(later=(Later(), other)), SELLER, until)

    assert isinstance(waits, DisputeAlreadyOpen)
    assert waits.dispute_id == open_.id
    assert in_time is None
    assert isinstance(too_late, AppealWindowClosed)
    assert too_late.closed_at == until


@pytest.mark.parametrize("action", AppealAction)
@pytest.mark.parametrize("status", AppealStatus)
@pytest.mark.parametrize("role", Role)
def test_the_table_forbids_what_it_does_not_list(
    action: AppealAction, status: AppealStatus, role: Role
) -> None:
    listed = any(m.start is status and m.action is action and role in m.by for m in APPEAL.moves)
    appeal = Made(made_by=role if role in (BUYER, SELLER) else BUYER, status=status)

    assert (why_not(action, appeal, role, NOON) is None) is listed


def test_only_who_appealed_takes_it_back_and_nobody_acts_too_late() -> None:
    assert isinstance(why_not(A.WITHDRAW, Made(), SELLER, NOON), NotAllowed)
    late = why_not(A.DENY, Made(), OPERATOR, NOON + WINDOW)
    assert isinstance(late, DisputeDeadlinePassed)


def test_the_clock_alone_ends_every_appeal() -> None:
    going_on = [state for state in APPEAL.states if state not in APPEAL.final]

    assert all([move.to for move in APPEAL.clocks(state)] == [S.GRANTED] for state in going_on)
    assert {move.to for move in APPEAL.moves} | {APPEAL.start} == set(APPEAL.states)
