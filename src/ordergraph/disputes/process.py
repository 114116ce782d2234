"""What can happen to a dispute. Read this file first."""

from enum import StrEnum
from typing import Final

from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, Timer, by_column
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.words import Words


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
    Move(S.AWAITING_SELLER,   A.SELLER_SILENT,           {SYSTEM},         S.RESOLVED,           "seller_response_due_at"),  # as the buyer asked
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
# fmt: on
