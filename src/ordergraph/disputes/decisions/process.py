"""What becomes of an operator's decision. Read this file first."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words


class DecisionOutcome(Words):
    """What was decided. More values may come."""

    FULL = "FULL", "The buyer gets all that was asked for."
    PART = "PART", "The buyer gets a part of it."
    NONE = "NONE", "The buyer gets nothing."
    WITH_RETURN = "WITH_RETURN", "The buyer gets money once the goods are back."


class DecisionStatus(Words):
    """What became of a decision. More values may come."""

    PROPOSED = "PROPOSED", "One operator's proposal; a second one has to confirm it."
    CONFIRMED = "CONFIRMED", "It was carried out, and both sides read it."
    REJECTED = "REJECTED", "An operator said no to the proposal."
    SUPERSEDED = "SUPERSEDED", "Another proposal took its place."
    VOID = "VOID", "The dispute went on without it."
    OVERTAKEN = "OVERTAKEN", "The dispute came back to the operator, who decides anew."


class DecisionAction(StrEnum):
    CONFIRM = "CONFIRM_DECISION"
    REJECT = "REJECT_DECISION"
    SUPERSEDE = "SUPERSEDE_DECISION"
    VOID = "VOID_DECISION"
    OVERTAKE = "OVERTAKE_DECISION"


A, S = DecisionAction, DecisionStatus
BUYER, SELLER, OPERATOR, SYSTEM, _GATEWAY = Role

# fmt: off
DECISION = Process(start=S.PROPOSED, moves=(
    #    from          action        who may                            to
    Move(S.PROPOSED,   A.CONFIRM,    {OPERATOR},                        S.CONFIRMED),    # another than the one who proposed it, unless it is within the limit
    Move(S.PROPOSED,   A.REJECT,     {OPERATOR},                        S.REJECTED),
    Move(S.PROPOSED,   A.SUPERSEDE,  {OPERATOR},                        S.SUPERSEDED),
    Move(S.PROPOSED,   A.VOID,       {BUYER, SELLER, OPERATOR, SYSTEM}, S.VOID),         # whatever ends the review; its clock is the dispute's
    Move(S.CONFIRMED,  A.OVERTAKE,   {BUYER, SELLER, SYSTEM},           S.OVERTAKEN),    # the return is contested
))
# fmt: on


@dataclass(eq=False)
class AssignedToAnother(Refusal):
    """`assigned_to` is the name that the marketplace shows; only operators are ever told."""

    assigned_to: str
    says = {
        "en": "This dispute is assigned to {assigned_to}.",
        "de": "Dieser Fall ist {assigned_to} zugewiesen.",
    }


@dataclass(eq=False)
class SecondOperatorNeeded(Refusal):
    """Whoever proposed it cannot be the one who confirms it."""

    says = {
        "en": "You proposed this decision: another operator has to confirm it.",
        "de": "Diese Entscheidung stammt von Ihnen: Jemand anderes muss sie bestätigen.",
    }


Limits = Mapping[str, Money]
"""By currency: above how much a decision needs a second operator. What is absent has no limit."""

NO_LIMITS: Final[Limits] = {}


def needs_second(amount: Money, limits: Limits) -> bool:
    """Whether one operator alone may not give so much back."""
    limit = limits.get(amount.currency)
    return limit is not None and limit < amount


def outcome_of(amount: Money, requested: Money, *, with_return: bool) -> DecisionOutcome:
    """What such a decision is called."""
    if with_return:
        return DecisionOutcome.WITH_RETURN
    if amount.minor == 0:
        return DecisionOutcome.NONE
    return DecisionOutcome.FULL if amount == requested else DecisionOutcome.PART


def why_not_confirm(status: DecisionStatus, made_by: UUID, actor_id: UUID | None) -> Refusal | None:
    """Say why this operator cannot confirm it."""
    if refused := DECISION.refusal(A.CONFIRM, status, OPERATOR):
        return refused
    return SecondOperatorNeeded() if made_by == actor_id else None
