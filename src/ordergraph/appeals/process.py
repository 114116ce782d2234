"""What can happen to an appeal. Read this file first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from ordergraph.disputes.refusals import DisputeAlreadyOpen, DisputeDeadlinePassed
from ordergraph.disputes.words import DisputeOutcome, DisputeStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import Deadline, DeadlineKind, Timer, by_column, running
from ordergraph.kernel.money import Money
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import NotAllowed, Refusal, WrongState
from ordergraph.kernel.words import Words


class AppealStatus(Words):
    """Where an appeal stands. More values may come."""

    UNDER_REVIEW = "UNDER_REVIEW", "The operator looks at the decision once more."
    GRANTED = "GRANTED", "Who appealed gets money."
    DENIED = "DENIED", "The decision stands as it was."
    WITHDRAWN = "WITHDRAWN", "Who appealed took it back."


class AppealAction(StrEnum):
    GRANT = "GRANT"
    DENY = "DENY"
    WITHDRAW = "WITHDRAW"
    OVERDUE = "OVERDUE"


A, S = AppealAction, AppealStatus
BUYER, SELLER, OPERATOR, SYSTEM, _GATEWAY = Role

# fmt: off
APPEAL = Process(start=S.UNDER_REVIEW, moves=(
    #    from             action       who may            to             by itself at
    Move(S.UNDER_REVIEW,  A.GRANT,     {OPERATOR},        S.GRANTED),
    Move(S.UNDER_REVIEW,  A.DENY,      {OPERATOR},        S.DENIED),
    Move(S.UNDER_REVIEW,  A.WITHDRAW,  {BUYER, SELLER},   S.WITHDRAWN),  # whoever appealed
    Move(S.UNDER_REVIEW,  A.OVERDUE,   {SYSTEM},          S.GRANTED,     "decision_due_at"),  # at the platform's cost
))

TIMERS: Final = by_column(
    Timer("decision_due_at", DeadlineKind.APPEAL_DECISION_DUE, OPERATOR, {
        "en": "The appeal is granted, at the marketplace's cost.", "de": "Dem Einspruch wird stattgegeben, auf Kosten des Marktplatzes."}),
)
# fmt: on

OPEN_APPEAL: Final = "APPEAL"
"""What appealing is called in refusals: it makes the object, so no row of the table can list it."""
SIDES: Final = frozenset({BUYER, SELLER})


@dataclass(eq=False)
class NothingToAppeal(Refusal):
    """The dispute was not ended by a decision of the operator."""

    says = {
        "en": "There is no decision of the operator to appeal against.",
        "de": "Es gibt keine Entscheidung des Betreibers, gegen die Einspruch möglich wäre.",
    }


@dataclass(eq=False)
class NothingLost(Refusal):
    """Only the side that lost something may appeal."""

    says = {
        "en": "The decision took nothing from you: there is nothing to appeal for.",
        "de": "Die Entscheidung hat Ihnen nichts genommen: Ein Einspruch ist nicht möglich.",
    }


@dataclass(eq=False)
class AppealWindowClosed(Refusal):
    closed_at: datetime
    says = {
        "en": "The time to appeal ended on {closed_at:%Y-%m-%d at %H:%M} UTC.",
        "de": "Die Frist für den Einspruch endete am {closed_at:%d.%m.%Y um %H:%M} UTC.",
    }


@dataclass(eq=False)
class AlreadyAppealed(Refusal):
    """Each side has one appeal, whatever became of it."""

    appeal_id: UUID
    says = {
        "en": "You have appealed already: each side can do so once.",
        "de": "Sie haben schon Einspruch erhoben: Das geht für jede Seite nur einmal.",
    }


class DisputeFacts(Protocol):
    """What the rules look at in the dispute; a row of the database has it."""

    status: DisputeStatus
    outcome: DisputeOutcome | None
    closed_at: datetime | None


class LaterFacts(Protocol):
    """What the rules look at in a dispute of the same order that was opened later."""

    id: UUID
    status: DisputeStatus
    opened_at: datetime
    closed_at: datetime | None


class AppealFacts(Protocol):
    """What the rules look at in an appeal; a row of the database has it."""

    id: UUID
    made_by: Role
    status: AppealStatus
    decision_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What an appeal would stand on.

    `missing`: what the buyer asked for and the operator did not grant, as far as it can still be
    given back; None where no decision of the operator stands. `taken`: what went back to the
    buyer at the seller's cost. `later`: the order's disputes since, oldest first.
    """

    dispute: DisputeFacts
    missing: Money | None
    taken: Money
    appeals: Sequence[AppealFacts]
    window: timedelta
    later: Sequence[LaterFacts]

    def most(self, side: Role) -> Money:
        """How much this side can ask for."""
        assert self.missing is not None, "only asked where there is a decision"
        return self.missing if side is BUYER else self.taken


def closes_at(ground: Ground, now: datetime) -> datetime:
    """Until when either side may appeal: the time in which a later dispute was open does not count."""
    assert ground.dispute.closed_at is not None, "only what is over can be appealed against"
    until = ground.dispute.closed_at + ground.window
    for other in ground.later:
        if other.opened_at < until:
            until += (other.closed_at or now) - other.opened_at
    return until


def why_not_appeal(ground: Ground, role: Role, now: datetime) -> Refusal | None:
    """Say why this side cannot appeal now: the one rule behind disputeAppeal and its button."""
    if role not in SIDES:
        return NotAllowed(action=OPEN_APPEAL, role=role)
    dispute = ground.dispute
    if dispute.status is not DisputeStatus.RESOLVED or dispute.closed_at is None:
        return WrongState(action=OPEN_APPEAL, state=dispute.status)
    mine = next((appeal for appeal in ground.appeals if appeal.made_by is role), None)
    if mine is not None:
        return AlreadyAppealed(mine.id)
    if ground.missing is None or dispute.outcome is DisputeOutcome.WITHDRAWN:
        return NothingToAppeal()
    if now >= (until := closes_at(ground, now)):
        return AppealWindowClosed(until)
    return _another_open(ground) or _nothing_lost(ground, role)


def _another_open(ground: Ground) -> Refusal | None:
    """One case at a time is about an order's money: a later dispute, be it by law, ends first."""
    going_on = (other for other in ground.later if other.status is not DisputeStatus.RESOLVED)
    other = next(going_on, None)
    return DisputeAlreadyOpen(other.id) if other is not None else None


def _nothing_lost(ground: Ground, role: Role) -> Refusal | None:
    return None if ground.most(role).minor else NothingLost()


def why_not(action: AppealAction, appeal: AppealFacts, role: Role, now: datetime) -> Refusal | None:
    """Say why this role may not do this now, or None: the one rule behind mutations and buttons."""
    if refused := APPEAL.refusal(action, appeal.status, role):
        return refused
    if now >= appeal.decision_due_at:
        return DisputeDeadlinePassed(appeal.decision_due_at)
    if action is A.WITHDRAW and role is not appeal.made_by:
        return NotAllowed(action=action, role=role)
    return None


def deadlines(appeal: AppealFacts) -> list[Deadline]:
    """The clocks that run on this appeal now."""
    columns = [move.clock for move in APPEAL.clocks(appeal.status) if move.clock]
    return list(running(TIMERS, columns, appeal))
