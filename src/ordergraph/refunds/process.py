"""What can happen to a refund. Read this file first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, Timer, by_column
from ordergraph.kernel.event import Event
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.words import Words


class RefundStatus(Words):
    """Where a refund stands. More values may come: show unknown ones as they are."""

    SCHEDULED = "SCHEDULED", "Promised: it is sent at dueAt, or as soon as the seller releases it."
    ON_HOLD = "ON_HOLD", "An operator looks into it; the hold ends by itself."
    PROCESSING = "PROCESSING", "It is being sent to the payment provider."
    PENDING = "PENDING", "The provider has it and settles it later."
    REQUIRES_ACTION = "REQUIRES_ACTION", "The provider declined; another way must be chosen."
    SUCCEEDED = "SUCCEEDED", "The money was given back."
    FAILED = "FAILED", "Given up by an operator; the money is settled by other means."
    CANCELED = "CANCELED", "Called off before it was sent."


class RefundCause(Words):
    """What a refund was decided by. More values may come."""

    CANCELLATION = "CANCELLATION", "The order, or a part of it, was canceled."
    DISPUTE = "DISPUTE", "A dispute ended in the buyer's favor."
    RETURN = "RETURN", "The goods came back."
    GOODWILL = "GOODWILL", "The seller or operator gave it freely."
    OVERPAYMENT = "OVERPAYMENT", "More was captured than was owed."


class RefundMethod(Words):
    """How the money goes back. More values may come."""

    ORIGINAL_PAYMENT = "ORIGINAL_PAYMENT", "To where it was paid from."
    STORE_CREDIT = "STORE_CREDIT", "As credit with the marketplace."
    MANUAL = "MANUAL", "By hand, outside the payment provider."


class RefundPendingReason(Words):
    """Why a refund is not done yet. More values may come."""

    WAITING_PERIOD = (
        "WAITING_PERIOD",
        "The promised date has not come, and the seller has not released it.",
    )
    OPERATOR_HOLD = "OPERATOR_HOLD", "An operator holds it."
    GATEWAY_PROCESSING = "GATEWAY_PROCESSING", "The payment provider is working on it."
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "The provider waits for the seller's balance."
    OUTCOME_UNKNOWN = (
        "OUTCOME_UNKNOWN",
        "The provider did not answer; it is asked again before anything is sent.",
    )
    BUYER_ACTION = "BUYER_ACTION", "Another way to pay must be chosen."


class RefundFailureReason(Words):
    """Why the provider declined. More values may come."""

    CARD_LOST = "CARD_LOST", "The card was reported lost or stolen."
    CARD_EXPIRED = "CARD_EXPIRED", "The card has expired."
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED", "The account is closed."
    DECLINED = "DECLINED", "The bank declined without a reason."
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "The seller's balance does not cover it."
    PAYMENT_DISPUTED = "PAYMENT_DISPUTED", "The buyer's bank has taken the payment back already."
    UNKNOWN = "UNKNOWN", "The provider gave no reason that we know."


class RefundAction(StrEnum):
    RELEASE = "RELEASE"
    DUE = "DUE"
    HOLD = "HOLD"
    CANCEL = "CANCEL"
    RESUME = "RESUME"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    ACCEPTED = "ACCEPTED"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    RECONCILE = "RECONCILE"
    RETRY = "RETRY"
    CHANGE_METHOD = "CHANGE_METHOD"
    FAIL = "FAIL"
    FALL_BACK_TO_CREDIT = "FALL_BACK_TO_CREDIT"


A, S = RefundAction, RefundStatus
BUYER, SELLER, OPERATOR, SYSTEM, GATEWAY = Role

# fmt: off
REFUND = Process(start=S.SCHEDULED, moves=(
    #    from               action                 who may              to                  by itself at
    Move(S.SCHEDULED,       A.RELEASE,             {SELLER, OPERATOR},  S.PROCESSING),      # sooner than promised
    Move(S.SCHEDULED,       A.DUE,                 {SYSTEM},            S.PROCESSING,       "due_at"),
    Move(S.SCHEDULED,       A.HOLD,                {OPERATOR},          S.ON_HOLD),
    Move(S.SCHEDULED,       A.CANCEL,              {OPERATOR},          S.CANCELED),
    Move(S.ON_HOLD,         A.RESUME,              {OPERATOR},          S.SCHEDULED),
    Move(S.ON_HOLD,         A.CANCEL,              {OPERATOR},          S.CANCELED),
    Move(S.ON_HOLD,         A.HOLD_EXPIRED,        {SYSTEM},            S.SCHEDULED,        "hold_until"),
    Move(S.PROCESSING,      A.ACCEPTED,            {GATEWAY},           S.PENDING),         # it settles later
    Move(S.PROCESSING,      A.SUCCEEDED,           {GATEWAY},           S.SUCCEEDED),
    Move(S.PROCESSING,      A.DECLINED,            {GATEWAY},           S.REQUIRES_ACTION),
    Move(S.PROCESSING,      A.RECONCILE,           {SYSTEM},            S.PROCESSING,       "next_attempt_at"),  # look it up, then the same key
    Move(S.PENDING,         A.SUCCEEDED,           {GATEWAY},           S.SUCCEEDED),
    Move(S.PENDING,         A.DECLINED,            {GATEWAY},           S.REQUIRES_ACTION),
    Move(S.PENDING,         A.RECONCILE,           {SYSTEM},            S.PENDING,          "next_attempt_at"),
    Move(S.REQUIRES_ACTION, A.RETRY,               {OPERATOR},          S.PROCESSING),      # a new key only now
    Move(S.REQUIRES_ACTION, A.CHANGE_METHOD,       {BUYER, OPERATOR},   S.PROCESSING),
    Move(S.REQUIRES_ACTION, A.FAIL,                {OPERATOR},          S.FAILED),
    Move(S.REQUIRES_ACTION, A.FALL_BACK_TO_CREDIT, {SYSTEM},            S.PROCESSING,       "action_due_at"),
))

TIMERS: Final = by_column(
    Timer("due_at", DeadlineKind.REFUND_DUE, SELLER, {
        "en": "The refund is sent, released or not.", "de": "Die Erstattung geht raus, freigegeben oder nicht."}),
    Timer("hold_until", DeadlineKind.HOLD_ENDS, OPERATOR, {
        "en": "The hold ends and the promise stands again.", "de": "Das Anhalten endet und die Zusage gilt wieder."}),
    Timer("action_due_at", DeadlineKind.REFUND_ACTION_DUE, BUYER, {
        "en": "The money becomes store credit.", "de": "Das Geld wird zu Guthaben."}),
)

BACK_OFF: Final = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 1440))
"""How long to wait after the first, second, … attempt whose outcome is unknown; the last repeats."""
# fmt: on


def next_attempt_at(now: datetime, attempts: int) -> datetime:
    """Return when to look at a refund again after `attempts` attempts (at least one)."""
    return now + BACK_OFF[min(attempts, len(BACK_OFF)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundEvent(Event):
    """What events about a refund share."""

    refund_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundScheduled(RefundEvent):
    type = "refund.scheduled"
    says = {"en": "A refund was promised.", "de": "Eine Erstattung wurde zugesagt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReleased(RefundEvent):
    type = "refund.released"
    says = {
        "en": "The refund was released early.",
        "de": "Die Erstattung wurde vorzeitig freigegeben.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFellDue(RefundEvent):
    type = "refund.due"
    says = {"en": "The refund fell due.", "de": "Die Erstattung wurde fällig."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPending(RefundEvent):
    type = "refund.pending"
    says = {
        "en": "The provider settles the refund later.",
        "de": "Der Zahlungsdienst bucht später.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(RefundEvent):
    type = "refund.succeeded"
    says = {"en": "The money was sent back.", "de": "Das Geld wurde zurückgeschickt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDeclined(RefundEvent):
    type = "refund.requires_action"
    says = {
        "en": "The provider declined the refund.",
        "de": "Der Zahlungsdienst lehnte die Erstattung ab.",
    }
