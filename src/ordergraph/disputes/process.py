"""What can happen to a dispute. Read this file first."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from ordergraph.disputes.refusals import (
    DisputeAlreadyDecided,
    DisputeAlreadyOpen,
    DisputeDeadlinePassed,
    DisputeNotYet,
    DisputeWindowClosed,
    NotYourTurn,
)
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import Deadline, DeadlineKind, Timer, by_column, running
from ordergraph.kernel.money import Money
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import AmountTooHigh, NotAllowed, Refusal, WrongState
from ordergraph.kernel.words import Words
from ordergraph.orders.process import OrderStatus


class DisputeStage(Words):
    """How far a dispute has gone. More values may come."""

    NEGOTIATION = "NEGOTIATION", "Buyer and seller look for an agreement."
    MEDIATION = "MEDIATION", "The operator decides."
    APPEAL = "APPEAL", "The operator looks at the decision once more."


class DisputeStatus(Words):
    """Where a dispute stands. More values may come."""

    AWAITING_SELLER = "AWAITING_SELLER", "The seller has to answer."
    AWAITING_BUYER = "AWAITING_BUYER", "The buyer has to answer."
    AWAITING_RETURN = "AWAITING_RETURN", "The buyer has to send the goods back."
    RETURN_IN_TRANSIT = "RETURN_IN_TRANSIT", "The goods are on their way back to the seller."
    UNDER_REVIEW = "UNDER_REVIEW", "The operator decides."
    RESOLVED = "RESOLVED", "Over; the outcome says how."


class DisputeOutcome(Words):
    """How a dispute ended. More values may come."""

    REFUNDED_FULL = "REFUNDED_FULL", "The buyer gets the whole sum that was asked for."
    REFUNDED_PARTIAL = "REFUNDED_PARTIAL", "The buyer gets a part of the sum."
    NO_REFUND = "NO_REFUND", "The buyer gets nothing."
    WITHDRAWN = "WITHDRAWN", "The buyer took the dispute back."


class DecidedBy(Words):
    """Who ended a dispute. More values may come."""

    AGREEMENT = "AGREEMENT", "Both sides agreed on an offer."
    SELLER = "SELLER", "The seller accepted."
    BUYER = "BUYER", "The buyer withdrew."
    OPERATOR = "OPERATOR", "The operator decided."
    DEADLINE = "DEADLINE", "A side stayed silent until its time was over."


class ResolutionAsked(Words):
    """What the buyer asks for. More values may come."""

    REFUND_ONLY = "REFUND_ONLY", "Money back, the goods stay."
    RETURN_AND_REFUND = "RETURN_AND_REFUND", "The goods go back, then the money."


class DisputeAction(StrEnum):
    ACCEPT = "ACCEPT"
    ACCEPT_RETURN = "ACCEPT_RETURN"
    COUNTER_OFFER = "COUNTER_OFFER"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"
    SELLER_SILENT = "SELLER_SILENT"
    SELLER_SILENT_RETURN = "SELLER_SILENT_RETURN"
    SELLER_SILENT_DELIVERED = "SELLER_SILENT_DELIVERED"
    ACCEPT_OFFER = "ACCEPT_OFFER"
    ACCEPT_RETURN_OFFER = "ACCEPT_RETURN_OFFER"
    ESCALATE = "ESCALATE"
    BUYER_SILENT = "BUYER_SILENT"
    NEGOTIATION_OVER = "NEGOTIATION_OVER"
    SHIP_RETURN = "SHIP_RETURN"
    RETURN_NOT_SHIPPED = "RETURN_NOT_SHIPPED"
    ACKNOWLEDGE_RETURN = "ACKNOWLEDGE_RETURN"
    CONTEST_RETURN = "CONTEST_RETURN"
    RETURN_NOT_ACKNOWLEDGED = "RETURN_NOT_ACKNOWLEDGED"
    DECIDE = "DECIDE"
    DECIDE_WITH_RETURN = "DECIDE_WITH_RETURN"
    REQUEST_EVIDENCE = "REQUEST_EVIDENCE"
    SETTLE = "SETTLE"
    REVIEW_OVERDUE = "REVIEW_OVERDUE"
    SEND_MESSAGE = "SEND_MESSAGE"


A, S = DisputeAction, DisputeStatus
BUYER, SELLER, OPERATOR, SYSTEM, _GATEWAY = Role

# fmt: off
DISPUTE = Process(start=S.AWAITING_SELLER, moves=(
    #    from                 action                     who may           to                    by itself at
    Move(S.AWAITING_SELLER,   A.ACCEPT,                  {SELLER},         S.RESOLVED),          # the buyer asked for money only
    Move(S.AWAITING_SELLER,   A.ACCEPT_RETURN,           {SELLER},         S.AWAITING_RETURN),
    Move(S.AWAITING_SELLER,   A.COUNTER_OFFER,           {SELLER},         S.AWAITING_BUYER),
    Move(S.AWAITING_SELLER,   A.REFUSE,                  {SELLER},         S.AWAITING_BUYER),
    Move(S.AWAITING_SELLER,   A.WITHDRAW,                {BUYER},          S.RESOLVED),
    Move(S.AWAITING_SELLER,   A.SELLER_SILENT,           {SYSTEM},         S.RESOLVED,           "seller_response_due_at"),  # as the buyer asked: money
    Move(S.AWAITING_SELLER,   A.SELLER_SILENT_RETURN,    {SYSTEM},         S.AWAITING_RETURN,    "seller_response_due_at"),  # as the buyer asked: goods back first
    Move(S.AWAITING_SELLER,   A.SELLER_SILENT_DELIVERED, {SYSTEM},         S.UNDER_REVIEW,       "seller_response_due_at"),  # not-received, yet the carrier proves delivery
    Move(S.AWAITING_SELLER,   A.NEGOTIATION_OVER,        {SYSTEM},         S.UNDER_REVIEW,       "negotiation_ends_at"),
    Move(S.AWAITING_BUYER,    A.ACCEPT_OFFER,            {BUYER},          S.RESOLVED),
    Move(S.AWAITING_BUYER,    A.ACCEPT_RETURN_OFFER,     {BUYER},          S.AWAITING_RETURN),
    Move(S.AWAITING_BUYER,    A.COUNTER_OFFER,           {BUYER},          S.AWAITING_SELLER),
    Move(S.AWAITING_BUYER,    A.ESCALATE,                {BUYER},          S.UNDER_REVIEW),
    Move(S.AWAITING_BUYER,    A.WITHDRAW,                {BUYER},          S.RESOLVED),
    Move(S.AWAITING_BUYER,    A.BUYER_SILENT,            {SYSTEM},         S.RESOLVED,           "buyer_response_due_at"),   # no refund
    Move(S.AWAITING_BUYER,    A.NEGOTIATION_OVER,        {SYSTEM},         S.UNDER_REVIEW,       "negotiation_ends_at"),
    Move(S.AWAITING_RETURN,   A.SHIP_RETURN,             {BUYER},          S.RETURN_IN_TRANSIT),
    Move(S.AWAITING_RETURN,   A.WITHDRAW,                {BUYER},          S.RESOLVED),
    Move(S.AWAITING_RETURN,   A.RETURN_NOT_SHIPPED,      {SYSTEM},         S.RESOLVED,           "return_ship_by_at"),       # no refund
    Move(S.RETURN_IN_TRANSIT, A.ACKNOWLEDGE_RETURN,      {SELLER},         S.RESOLVED),          # refund
    Move(S.RETURN_IN_TRANSIT, A.CONTEST_RETURN,          {SELLER},         S.UNDER_REVIEW),
    Move(S.RETURN_IN_TRANSIT, A.ESCALATE,                {BUYER},          S.UNDER_REVIEW),
    Move(S.RETURN_IN_TRANSIT, A.RETURN_NOT_ACKNOWLEDGED, {SYSTEM},         S.RESOLVED,           "return_acknowledge_by_at"),  # refund
    Move(S.UNDER_REVIEW,      A.DECIDE,                  {OPERATOR},       S.RESOLVED),
    Move(S.UNDER_REVIEW,      A.DECIDE_WITH_RETURN,      {OPERATOR},       S.AWAITING_RETURN),
    Move(S.UNDER_REVIEW,      A.REQUEST_EVIDENCE,        {OPERATOR},       S.UNDER_REVIEW),
    Move(S.UNDER_REVIEW,      A.SETTLE,                  {BUYER, SELLER},  S.RESOLVED),          # both agree after all
    Move(S.UNDER_REVIEW,      A.REVIEW_OVERDUE,          {SYSTEM},         S.RESOLVED,           "decision_due_at"),         # refund, at the platform's cost
    Move(S.AWAITING_SELLER,   A.SEND_MESSAGE,            {BUYER, SELLER},  S.AWAITING_SELLER),
    Move(S.AWAITING_BUYER,    A.SEND_MESSAGE,            {BUYER, SELLER},  S.AWAITING_BUYER),
    Move(S.AWAITING_RETURN,   A.SEND_MESSAGE,            {BUYER, SELLER},  S.AWAITING_RETURN),
    Move(S.RETURN_IN_TRANSIT, A.SEND_MESSAGE,            {BUYER, SELLER},  S.RETURN_IN_TRANSIT),
    Move(S.UNDER_REVIEW,      A.SEND_MESSAGE,            {BUYER, SELLER, OPERATOR}, S.UNDER_REVIEW),
))

TIMERS: Final = by_column(
    Timer("seller_response_due_at", DeadlineKind.SELLER_RESPONSE_DUE, SELLER, {
        "en": "Silence grants what the buyer asked for.", "de": "Schweigen gewährt, was verlangt wurde."}),
    Timer("buyer_response_due_at", DeadlineKind.BUYER_RESPONSE_DUE, BUYER, {
        "en": "Silence closes the dispute without refund.", "de": "Schweigen schließt den Fall ohne Erstattung."}),
    Timer("negotiation_ends_at", DeadlineKind.NEGOTIATION_ENDS, BUYER, {
        "en": "The operator takes over and decides.", "de": "Der Betreiber übernimmt und entscheidet."}),
    Timer("return_ship_by_at", DeadlineKind.RETURN_SHIP_BY, BUYER, {
        "en": "The dispute closes without refund.", "de": "Der Fall schließt ohne Erstattung."}),
    Timer("return_acknowledge_by_at", DeadlineKind.RETURN_ACKNOWLEDGE_BY, SELLER, {
        "en": "The return counts as received and the refund is made.", "de": "Die Rücksendung gilt als erhalten und wird erstattet."}),
    Timer("decision_due_at", DeadlineKind.DECISION_DUE, OPERATOR, {
        "en": "The buyer is refunded, at the marketplace's cost.", "de": "Der Käufer bekommt sein Geld, auf Kosten des Marktplatzes."}),
)

DELIVERY_REASONS: Final = frozenset({"not-received"})
"""Reasons that may be raised while the parcel is overdue; all others wait until it has come."""
OPEN_DISPUTE: Final = "OPEN_DISPUTE"
"""What opening is called in refusals: it makes the object, so no row of the table can list it."""
# fmt: on


class OrderFacts(Protocol):
    """What opening looks at in the order; a row of the database has it."""

    status: OrderStatus
    presumed_delivered_at: datetime | None
    protection_ends_at: datetime | None


class DisputeFacts(Protocol):
    """What the rules look at in a dispute, besides its deadline columns."""

    id: UUID
    status: DisputeStatus
    outcome: DisputeOutcome | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What a new dispute would stand on: the order, its newest dispute, what can be given back."""

    order: OrderFacts
    latest: DisputeFacts | None
    refundable: Money


def why_not_open(ground: Ground, reason: str | None, role: Role, now: datetime) -> Refusal | None:
    """Say why no dispute can be opened now for this reason, or (None) for any reason at all.

    One dispute at a time; after one that was decided there is no other, after a withdrawn one
    there may be.
    """
    if role is not BUYER:
        return NotAllowed(action=OPEN_DISPUTE, role=role)
    latest = ground.latest
    if latest is not None and latest.status is not S.RESOLVED:
        return DisputeAlreadyOpen(latest.id)
    if latest is not None and latest.outcome is not DisputeOutcome.WITHDRAWN:
        return DisputeAlreadyDecided(latest.closed_at)
    refused = _outside_window(ground.order, reason, now)
    if refused is None and ground.refundable.minor == 0:
        return AmountTooHigh(maximum=ground.refundable)
    return refused


def _outside_window(order: OrderFacts, reason: str | None, now: datetime) -> Refusal | None:
    ends_at = order.protection_ends_at
    match order.status:
        case OrderStatus.DELIVERED:
            over = ends_at is not None and now >= ends_at
            return DisputeWindowClosed(ends_at) if over else None
        case OrderStatus.SHIPPED:
            return _not_overdue(order.presumed_delivered_at, reason, now)
        case OrderStatus.COMPLETED:
            return DisputeWindowClosed(ends_at)
        case OrderStatus.PENDING_PAYMENT | OrderStatus.PROCESSING:
            return DisputeNotYet(None)
        case _:
            return WrongState(action=OPEN_DISPUTE, state=order.status)


def _not_overdue(expected_at: datetime | None, reason: str | None, now: datetime) -> Refusal | None:
    """While it is on its way, only a parcel that should have come can be complained of."""
    overdue = expected_at is not None and now >= expected_at
    if overdue and (reason is None or reason in DELIVERY_REASONS):
        return None
    return DisputeNotYet(None if overdue else expected_at)


def why_not(
    action: DisputeAction, dispute: DisputeFacts, role: Role, now: datetime
) -> Refusal | None:
    """Say why this role may not do this now, or None: the one rule behind mutations and buttons."""
    if role not in DISPUTE.roles(action):
        return NotAllowed(action=action, role=role)
    if dispute.status is S.RESOLVED:
        return DisputeAlreadyDecided(dispute.closed_at)
    deadline = next_deadline(dispute)
    if deadline is not None and now >= deadline.due_at and action is not A.SEND_MESSAGE:
        return DisputeDeadlinePassed(
            deadline.due_at
        )  # a message answers nothing, so it may be late
    refused = DISPUTE.refusal(action, dispute.status, role)
    waiting_for = waits_for(dispute.status)
    if refused is not None and role is not waiting_for:
        return NotYourTurn(waiting_for, deadline.due_at if deadline else None)
    return refused


def waits_for(status: DisputeStatus) -> Role:
    """Who has to act: the first clock of the state is the one of the side that is asked."""
    column = next(DISPUTE.clocks(status)).clock
    assert column is not None, "a clock has a column"
    return TIMERS[column].waiting_for


def next_deadline(dispute: DisputeFacts) -> Deadline | None:
    """The clock that fires first; of two at the same moment, the one that the table names first."""
    found = deadlines(dispute)
    return min(found, key=lambda deadline: deadline.due_at) if found else None


def deadlines(dispute: DisputeFacts) -> list[Deadline]:
    """The clocks that run on this dispute now."""
    moves = DISPUTE.clocks(dispute.status)
    columns = dict.fromkeys(move.clock for move in moves if move.clock)
    return list(running(TIMERS, columns, dispute))
