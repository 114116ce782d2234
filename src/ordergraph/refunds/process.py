"""What can happen to a refund. Read this file first."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, Timer, by_column
from ordergraph.kernel.money import Money
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import AmountTooHigh, NotAllowed, Refusal, WrongState
from ordergraph.kernel.words import Words
from ordergraph.orders.process import ClockFacts, OrderStatus, as_of
from ordergraph.refunds.refusals import AlreadyRefunded, OrderDisputed, PaymentDisputed


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
    ALREADY_REFUNDED = (
        "ALREADY_REFUNDED",
        "Money of this payment has gone back already, outside of the refunds known here.",
    )
    GATEWAY_CHANGED = (
        "GATEWAY_CHANGED",
        "It was paid through a payment provider that is not connected any more.",
    )
    UNSUPPORTED_AMOUNT = "UNSUPPORTED_AMOUNT", "The provider cannot pay exactly this amount."
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
    GIVE_UP = "GIVE_UP"


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
    Move(S.PROCESSING,      A.CHANGE_METHOD,       {OPERATOR},          S.PROCESSING),      # only what nobody has answered for in days
    Move(S.PROCESSING,      A.FAIL,                {OPERATOR},          S.FAILED),          # likewise
    Move(S.PENDING,         A.SUCCEEDED,           {GATEWAY},           S.SUCCEEDED),
    Move(S.PENDING,         A.DECLINED,            {GATEWAY},           S.REQUIRES_ACTION),
    Move(S.PENDING,         A.RECONCILE,           {SYSTEM},            S.PENDING,          "next_attempt_at"),
    Move(S.PENDING,         A.CHANGE_METHOD,       {OPERATOR},          S.PROCESSING),      # as from PROCESSING
    Move(S.PENDING,         A.FAIL,                {OPERATOR},          S.FAILED),
    Move(S.REQUIRES_ACTION, A.RETRY,               {OPERATOR},          S.PROCESSING),      # a new key only now
    Move(S.REQUIRES_ACTION, A.CHANGE_METHOD,       {BUYER, OPERATOR},   S.PROCESSING),
    Move(S.REQUIRES_ACTION, A.FAIL,                {OPERATOR},          S.FAILED),
    Move(S.REQUIRES_ACTION, A.FALL_BACK_TO_CREDIT, {SYSTEM},            S.PROCESSING,       "action_due_at"),
    Move(S.REQUIRES_ACTION, A.GIVE_UP,             {SYSTEM},            S.FAILED,           "action_due_at"),  # the money has gone back already
))

TIMERS: Final = by_column(
    Timer("due_at", DeadlineKind.REFUND_DUE, SELLER, {
        "en": "The refund is sent, released or not.", "de": "Die Erstattung geht raus, freigegeben oder nicht."}),
    Timer("hold_until", DeadlineKind.HOLD_ENDS, OPERATOR, {
        "en": "The hold ends and the promise stands again.", "de": "Das Anhalten endet und die Zusage gilt wieder."}),
    Timer("next_attempt_at", DeadlineKind.REFUND_CHECK_DUE, GATEWAY, {
        "en": "The payment provider is asked again how far it is, unless it tells sooner.", "de": "Der Zahlungsdienst wird erneut gefragt, wie weit sie ist, wenn er es nicht früher sagt."}),
    Timer("action_due_at", DeadlineKind.REFUND_ACTION_DUE, BUYER, {
        "en": "The money becomes store credit.", "de": "Das Geld wird zu Guthaben."}),
)
_GIVING_UP: Final = TIMERS | by_column(
    Timer("action_due_at", DeadlineKind.REFUND_ACTION_DUE, OPERATOR, {
        "en": "The refund is given up: the money has gone back already.", "de": "Die Erstattung entfällt: Das Geld ist schon zurückgegangen."}),
)


CALLED_OFF: Final = frozenset({S.CANCELED, S.FAILED})
"""Nothing was given back, and what was set aside is free again."""
WITH_THE_GATEWAY: Final = frozenset({S.PROCESSING, S.PENDING})
"""It has the word; people may end the waiting only where it does not take it."""

BACK_OFF: Final = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 1440))
"""How long to wait after the first, second, … attempt in a row that told nothing; the last repeats.
An installation may set others."""
ASKED_IN_VAIN, STUCK_AFTER = len(BACK_OFF), timedelta(days=2)
"""So often in a row, and for so long, without any answer, and an operator may end the waiting. How often
alone says little: an installation may ask each minute. By then a provider has done what it does late.
"""

CHANGES: Final[dict[Role, frozenset[RefundMethod]]] = {
    # who may choose another way, and which
    BUYER:    frozenset({RefundMethod.STORE_CREDIT}),
    OPERATOR: frozenset({RefundMethod.STORE_CREDIT, RefundMethod.MANUAL}),
}
CREATORS: Final = frozenset({SELLER, OPERATOR})
"""Who may give money back of their own accord."""
CREATE_REFUND: Final = "CREATE_REFUND"
"""What creating is called in refusals: it makes the object, so no row of the table can list it."""
# fmt: on


def next_attempt_at(now: datetime, unanswered: int, back_off: Sequence[timedelta]) -> datetime:
    """Return when to look at a refund again after `unanswered` (at least one) such attempts."""
    return now + back_off[min(unanswered, len(back_off)) - 1]


GONE_BACK: Final[dict[RefundFailureReason, type[Refusal]]] = {
    # why the buyer has the money by another way, and what is said to whoever wants it once more
    RefundFailureReason.PAYMENT_DISPUTED: PaymentDisputed,
    RefundFailureReason.ALREADY_REFUNDED: AlreadyRefunded,
}


class DeclineFacts(Protocol):
    """Why the gateway declined, if it did."""

    failure_reason: RefundFailureReason | None


class RefundFacts(DeclineFacts, Protocol):
    """What the rules look at; a row of the database has it."""

    status: RefundStatus
    due_at: datetime
    hold_until: datetime | None
    action_due_at: datetime | None
    attempts: int
    unanswered: int
    unanswered_since: datetime | None
    claim: UUID | None


def overdue(refund: RefundFacts, now: datetime) -> RefundAction | None:
    """The move that the refund's own clock should have made by now, whether or not a worker has run."""
    match refund.status:
        case S.SCHEDULED if now >= refund.due_at:
            return A.DUE
        case S.ON_HOLD if refund.hold_until is not None and now >= refund.hold_until:
            return A.HOLD_EXPIRED
        case S.REQUIRES_ACTION if refund.action_due_at is not None and now >= refund.action_due_at:
            return A.GIVE_UP if has_gone_back(refund) else A.FALL_BACK_TO_CREDIT
    return None


def status_at(refund: RefundFacts, now: datetime) -> RefundStatus:
    """Where the refund stands at this moment, judged by the clock and not by who has run."""
    move = overdue(refund, now)
    if move is None:
        return refund.status
    after = REFUND.after(move, refund.status, SYSTEM)
    return S.PROCESSING if after is S.SCHEDULED and now >= refund.due_at else after


def why_not(action: RefundAction, refund: RefundFacts, role: Role, now: datetime) -> Refusal | None:
    """Say why this role may not do this now, or None: the one rule behind mutations and buttons."""
    state = status_at(refund, now)
    refused = REFUND.refusal(action, state, role)
    waits = state in WITH_THE_GATEWAY and (refused or not is_stuck(refund, now))
    if waits and role in REFUND.roles(action):
        return WrongState(action=action, state=state)
    return refused or _why_not_again(action, refund)


def _why_not_again(action: RefundAction, refund: RefundFacts) -> Refusal | None:
    if action is A.CHANGE_METHOD and refund.failure_reason in GONE_BACK:
        return GONE_BACK[refund.failure_reason]()
    return None


def is_stuck(refund: RefundFacts, now: datetime) -> bool:
    """Whether the gateway has not answered for long, and nobody is asking it just now.

    That something it has taken still takes longer is an answer.
    """
    since = refund.unanswered_since
    silent = since is not None and now >= since + STUCK_AFTER
    return silent and refund.unanswered >= ASKED_IN_VAIN and refund.claim is None


def has_gone_back(refund: DeclineFacts) -> bool:
    """Whether the buyer has the money by another way."""
    return refund.failure_reason in GONE_BACK


def running_clocks(refund: RefundFacts) -> list[str]:
    """Columns of what happens by itself. Before anybody was asked for the first time, that is sending
    it, and nothing to wait for.
    """
    never = set() if refund.attempts else {"next_attempt_at"}
    clocks = (move.clock for move in REFUND.clocks(refund.status))
    return list(dict.fromkeys(clock for clock in clocks if clock and clock not in never))


def timers(refund: RefundFacts) -> Mapping[str, Timer]:
    """What the clocks of this refund mean to people."""
    return _GIVING_UP if has_gone_back(refund) else TIMERS


def givable(left: Money, role: Role, order: ClockFacts, now: datetime) -> Money:
    """What this role could give back of what is left; by the clock, all of it may have gone already.

    An order that was not shipped in time is refunded; of one that is complete the seller has the money.
    """
    status = as_of(order, now).status
    refunded = status is OrderStatus.CANCELED
    paid_out = status is OrderStatus.COMPLETED and role is SELLER
    gone = status is not order.status and (refunded or paid_out)
    return Money(0, left.currency) if gone else left


def why_not_create(role: Role, disputed_at: datetime | None, refundable: Money) -> Refusal | None:
    """Say why this role cannot give money back of its own accord now."""
    if role not in CREATORS:
        return NotAllowed(action=CREATE_REFUND, role=role)
    if disputed_at is not None:
        return OrderDisputed(disputed_at)
    return None if refundable.minor else AmountTooHigh(maximum=refundable)
