"""The rules of disputes, without a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ordergraph.disputes.ground import (
    Ground,
    OpenDisputes,
    may_never_have_come,
    why_not_open,
)
from ordergraph.disputes.process import (
    DISPUTE,
    TIMERS,
    DisputeAction,
    gives_time_back,
    next_deadline,
    waits_for,
    why_not,
)
from ordergraph.disputes.refusals import (
    DisputeAlreadyDecided,
    DisputeAlreadyOpen,
    DisputeDeadlinePassed,
    DisputeNotYet,
    DisputeWindowClosed,
    NotYourTurn,
)
from ordergraph.disputes.words import DisputeOutcome, DisputeStage, DisputeStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind
from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.refusal import AmountTooHigh, NotAllowed, WrongState
from ordergraph.orders.process import OrderStatus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
EUROS = Money(1000, "EUR")
NONE_OPEN = OpenDisputes(0, 10)
S, A = DisputeStatus, DisputeAction
BUYER, SELLER, OPERATOR, SYSTEM, _ = Role


@dataclass
class Parcel:
    status: OrderStatus
    presumed_delivered_at: datetime | None = NOON
    protection_ends_at: datetime | None = NOON
    disputed_at: datetime | None = None
    delivered_by: str | None = None
    delivered_at: datetime | None = None
    ship_by_at: datetime | None = None
    canceled_at: datetime | None = None
    policy: Policy = Policy()  # noqa: RUF009  (nobody changes it)


@dataclass
class Case:
    status: DisputeStatus
    outcome: DisputeOutcome | None = None
    closed_at: datetime | None = NOON
    seller_response_due_at: datetime | None = NOON + 5 * DAY
    buyer_response_due_at: datetime | None = NOON + 7 * DAY
    negotiation_ends_at: datetime | None = NOON + 15 * DAY
    return_ship_by_at: datetime | None = NOON + 10 * DAY
    return_acknowledge_by_at: datetime | None = NOON + 30 * DAY
    decision_due_at: datetime | None = NOON + 30 * DAY
    extensions: int = 0
    extension_asked_s: int | None = None
    stage: DisputeStage = DisputeStage.NEGOTIATION
    by_law: bool = False
    id: UUID = field(default_factory=uuid4)


def opening(parcel: Parcel, reason: str | None, now: datetime = NOON, **other: object) -> object:
    ground = Ground(parcel, **({"latest": None, "refundable": EUROS, "others": NONE_OPEN} | other))
    return why_not_open(ground, reason, BUYER, now)


DELIVERED = Parcel(OrderStatus.DELIVERED, protection_ends_at=NOON + 15 * DAY)
UNDER_WAY = Parcel(OrderStatus.SHIPPED)
STOPPED = Parcel(OrderStatus.SHIPPED, disputed_at=NOON - DAY)
"""Its clock stands still: it does not come to count as delivered."""


def test_a_delivered_order_can_be_disputed_for_any_reason_until_the_protection_ends() -> None:
    assert opening(DELIVERED, "damaged", NOON + 15 * DAY - SECOND) is None
    assert opening(DELIVERED, "not-received") is None
    assert opening(DELIVERED, None) is None


def test_the_protection_ends_on_the_second() -> None:
    refusal = opening(DELIVERED, "damaged", NOON + 15 * DAY)

    assert isinstance(refusal, DisputeWindowClosed)
    assert refusal.closed_at == NOON + 15 * DAY


def test_an_overdue_parcel_can_be_disputed_only_for_not_having_come() -> None:
    assert opening(STOPPED, "not-received") is None
    assert opening(STOPPED, None) is None
    refusal = opening(STOPPED, "damaged")
    assert isinstance(refusal, DisputeNotYet)
    assert refusal.opens_at is None


@pytest.mark.parametrize("reason", ["not-received", "damaged", None])
def test_an_overdue_parcel_counts_as_delivered_whether_or_not_a_worker_ran(
    reason: str | None,
) -> None:
    end = NOON + 15 * DAY

    refusal = opening(UNDER_WAY, reason, end)

    assert opening(UNDER_WAY, reason) is None
    assert opening(UNDER_WAY, reason, end - SECOND) is None
    assert isinstance(refusal, DisputeWindowClosed)
    assert refusal.closed_at == end
    assert UNDER_WAY.status is OrderStatus.SHIPPED


def test_a_parcel_on_its_way_cannot_be_disputed_before_it_is_overdue() -> None:
    refusal = opening(UNDER_WAY, "not-received", NOON - SECOND)

    assert isinstance(refusal, DisputeNotYet)
    assert refusal.opens_at == NOON


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (OrderStatus.PENDING_PAYMENT, DisputeNotYet),
        (OrderStatus.PROCESSING, DisputeNotYet),
        (OrderStatus.COMPLETED, DisputeWindowClosed),
        (OrderStatus.CANCELED, WrongState),
        (OrderStatus.EXPIRED, WrongState),
    ],
)
def test_no_other_state_of_the_order_can_be_disputed(
    status: OrderStatus, kind: type[Exception]
) -> None:
    assert isinstance(opening(Parcel(status), "not-received"), kind)


def test_only_the_buyer_opens() -> None:
    ground = Ground(DELIVERED, None, EUROS, NONE_OPEN)

    for role in (SELLER, OPERATOR, SYSTEM):
        assert isinstance(why_not_open(ground, "damaged", role, NOON), NotAllowed)


def test_there_is_one_dispute_at_a_time_and_none_after_a_decision() -> None:
    still_open = Case(S.UNDER_REVIEW)
    decided = Case(S.RESOLVED, DisputeOutcome.NO_REFUND, NOON)
    withdrawn = Case(S.RESOLVED, DisputeOutcome.WITHDRAWN, NOON)

    assert isinstance(opening(DELIVERED, "damaged", latest=still_open), DisputeAlreadyOpen)
    assert isinstance(opening(DELIVERED, "damaged", latest=decided), DisputeAlreadyDecided)
    assert opening(DELIVERED, "damaged", latest=withdrawn) is None


LAPSED = Case(S.RESOLVED, DisputeOutcome.NO_REFUND, NOON, by_law=True)
"""A withdrawal by law, after which nothing was sent back."""
TOLD = Case(S.RESOLVED, DisputeOutcome.NO_REFUND, NOON, stage=DisputeStage.MEDIATION, by_law=True)
"""The same, but an operator has said so."""
TAKEN_BACK = Case(S.RESOLVED, DisputeOutcome.WITHDRAWN, NOON)
GIVEN_UP = Case(S.RESOLVED, DisputeOutcome.WITHDRAWN, NOON, stage=DisputeStage.MEDIATION)
"""The same, but an operator had decided."""
PAID = Case(S.RESOLVED, DisputeOutcome.REFUNDED_FULL, NOON, by_law=True)
DENIED = Case(S.RESOLVED, DisputeOutcome.NO_REFUND, NOON)


def test_a_withdrawal_that_lapsed_decided_nothing_unless_an_operator_had_seen_it() -> None:
    assert opening(DELIVERED, "damaged", latest=LAPSED) is None
    assert opening(UNDER_WAY, "not-received", latest=LAPSED) is None
    assert isinstance(opening(DELIVERED, "damaged", latest=TOLD), DisputeAlreadyDecided)
    assert isinstance(opening(DELIVERED, "damaged", latest=PAID), DisputeAlreadyDecided)


def test_what_was_taken_back_decided_nothing_unless_an_operator_had_seen_it() -> None:
    assert opening(DELIVERED, "damaged", latest=TAKEN_BACK) is None
    assert isinstance(opening(DELIVERED, "damaged", latest=GIVEN_UP), DisputeAlreadyDecided)


@pytest.mark.parametrize(
    ("ended", "later_on"),
    [
        (LAPSED, False),
        (TOLD, False),
        (TAKEN_BACK, False),
        (GIVEN_UP, False),
        (PAID, True),
        (DENIED, True),
    ],
)
def test_the_first_dispute_gives_its_time_back_and_others_unless_they_were_in_vain(
    ended: Case, later_on: bool
) -> None:
    assert gives_time_back(ended, first=True)
    assert gives_time_back(ended, first=False) is later_on


@pytest.mark.parametrize("told_by", [None, *Role])
@pytest.mark.parametrize("reason", ["eu-withdrawal", "not-received", "damaged"])
def test_what_was_to_go_back_may_never_have_come_unless_buyer_or_carrier_say_so(
    told_by: str | None, reason: str
) -> None:
    parcel = Parcel(OrderStatus.SHIPPED, delivered_by=told_by)
    waiting = Case(S.AWAITING_RETURN)
    looked_at = Case(S.AWAITING_RETURN, stage=DisputeStage.MEDIATION)

    doubtful = reason != "damaged" and told_by not in {"BUYER", "GATEWAY"}

    assert may_never_have_come(parcel, waiting, reason) is doubtful
    assert not may_never_have_come(parcel, looked_at, reason)


def test_where_nothing_is_left_to_give_back_nothing_can_be_asked_for() -> None:
    refusal = opening(DELIVERED, "damaged", refundable=Money(0, "EUR"))

    assert isinstance(refusal, AmountTooHigh)


LISTED = {(move.action, move.start, role) for move in DISPUTE.moves for role in move.by}
ALL = [(action, status, role) for action in A for status in S for role in Role]


@pytest.mark.parametrize(("action", "status", "role"), sorted(set(ALL) - LISTED))
def test_the_rule_forbids_what_the_table_does_not_list(
    action: DisputeAction, status: DisputeStatus, role: Role
) -> None:
    assert why_not(action, Case(status), role, NOON) is not None


@pytest.mark.parametrize(("action", "status", "role"), sorted(LISTED))
def test_the_rule_allows_what_the_table_lists(
    action: DisputeAction, status: DisputeStatus, role: Role
) -> None:
    asked_s = 3600 if action is A.GRANT_EXTENSION else None
    case = Case(status, extension_asked_s=asked_s)

    assert why_not(action, case, role, NOON) is None


def test_whoever_is_not_asked_hears_for_whom_it_waits_and_until_when() -> None:
    refusal = why_not(A.ESCALATE, Case(S.AWAITING_SELLER), BUYER, NOON)

    assert isinstance(refusal, NotYourTurn)
    assert (refusal.waiting_for, refusal.until) == (SELLER, NOON + 5 * DAY)


def test_whoever_is_asked_but_cannot_do_this_hears_of_the_state() -> None:
    assert isinstance(
        why_not(A.ACKNOWLEDGE_RETURN, Case(S.AWAITING_SELLER), SELLER, NOON), WrongState
    )


def test_an_answer_is_too_late_on_the_second_whether_or_not_a_worker_ran() -> None:
    case = Case(S.AWAITING_SELLER)

    assert why_not(A.REFUSE, case, SELLER, NOON + 5 * DAY - SECOND) is None
    refusal = why_not(A.REFUSE, case, SELLER, NOON + 5 * DAY)
    assert isinstance(refusal, DisputeDeadlinePassed)
    assert refusal.due_at == NOON + 5 * DAY


def test_a_message_answers_nothing_so_it_may_be_late() -> None:
    assert why_not(A.SEND_MESSAGE, Case(S.AWAITING_SELLER), SELLER, NOON + 6 * DAY) is None


def test_the_earlier_of_two_clocks_fires() -> None:
    early_end = Case(S.AWAITING_BUYER, negotiation_ends_at=NOON + DAY)
    together = Case(S.AWAITING_BUYER, negotiation_ends_at=NOON + 7 * DAY)

    first, tie = next_deadline(early_end), next_deadline(together)

    assert first is not None
    assert first.timer.kind is DeadlineKind.NEGOTIATION_ENDS
    assert tie is not None
    assert tie.timer.kind is DeadlineKind.BUYER_RESPONSE_DUE


def test_no_dispute_hangs() -> None:
    """Every state but the last has a clock, and following only clocks always ends."""
    for status in set(S) - DISPUTE.final:
        assert waits_for(status) in (BUYER, SELLER, OPERATOR)
        follow((status,))
    assert DISPUTE.final == {S.RESOLVED}


def follow(path: tuple[DisputeStatus, ...]) -> None:
    """Go every way that clocks alone can lead; none comes back to where it has been."""
    moves = list(DISPUTE.clocks(path[-1]))
    assert moves or path[-1] in DISPUTE.final, f"{path[-1]} has no clock"
    for move in moves:
        assert move.clock in TIMERS
        assert move.to not in path, f"the clocks go round: {path} {move.to}"
        follow((*path, move.to))
