"""What can happen to a dispute. Read this file first."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from ordergraph.disputes.refusals import (
    DisputeAlreadyDecided,
    DisputeDeadlinePassed,
    ExtensionAlreadyAsked,
    ExtensionNotAsked,
    ExtensionsUsedUp,
    NotYourTurn,
)
from ordergraph.disputes.words import DisputeOutcome, DisputeStage, DisputeStatus
from ordergraph.kernel import deadline as clocks
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import Deadline, DeadlineKind, Timer, by_column, running
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import NotAllowed, Refusal


class DisputeAction(StrEnum):
    ACCEPT = "ACCEPT"
    ACCEPT_RETURN = "ACCEPT_RETURN"
    GRANT_BY_LAW = "GRANT_BY_LAW"
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
    NOTHING_TO_RETURN = "NOTHING_TO_RETURN"
    ACKNOWLEDGE_RETURN = "ACKNOWLEDGE_RETURN"
    CONTEST_RETURN = "CONTEST_RETURN"
    RETURN_NOT_ACKNOWLEDGED = "RETURN_NOT_ACKNOWLEDGED"
    DECIDE = "DECIDE"
    DECIDE_WITH_RETURN = "DECIDE_WITH_RETURN"
    SETTLE = "SETTLE"
    SETTLE_WITH_RETURN = "SETTLE_WITH_RETURN"
    REVIEW_OVERDUE = "REVIEW_OVERDUE"
    SETTLE_QUIETLY = "SETTLE_QUIETLY"
    WITHDRAW_OFFER = "WITHDRAW_OFFER"
    DECLINE_OFFER = "DECLINE_OFFER"
    REQUEST_EVIDENCE = "REQUEST_EVIDENCE"
    MARK_RETURN_DELIVERED = "MARK_RETURN_DELIVERED"
    ASK_EXTENSION = "ASK_EXTENSION"
    GRANT_EXTENSION = "GRANT_EXTENSION"
    ADD_EVIDENCE = "ADD_EVIDENCE"
    SEND_MESSAGE = "SEND_MESSAGE"


A, S = DisputeAction, DisputeStatus
BUYER, SELLER, OPERATOR, SYSTEM, _GATEWAY = Role

ANSWERS_NOTHING: Final = frozenset({A.SEND_MESSAGE, A.ADD_EVIDENCE})
"""What may still be done when the time to answer is over, because it answers nothing."""

ANSWERS_FIRST: Final = frozenset({
    A.ACCEPT, A.ACCEPT_RETURN, A.COUNTER_OFFER, A.REFUSE,
    A.SELLER_SILENT, A.SELLER_SILENT_RETURN, A.SELLER_SILENT_DELIVERED,
})  # fmt: skip
"""How a seller answers a dispute; silence to the end is an answer that took all the time there was."""

# fmt: off
DISPUTE = Process(start=S.AWAITING_SELLER, moves=(
    #    from                 action                     who may           to                    by itself at
    Move(S.AWAITING_SELLER,   A.ACCEPT,                  {SELLER},         S.RESOLVED),          # the buyer's offer is money only
    Move(S.AWAITING_SELLER,   A.ACCEPT_RETURN,           {SELLER},         S.AWAITING_RETURN),   # the buyer's offer is money once the goods are back
    Move(S.AWAITING_SELLER,   A.GRANT_BY_LAW,            {SYSTEM},         S.AWAITING_RETURN),   # a withdrawal needs nobody's consent
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
    Move(S.AWAITING_RETURN,   A.NOTHING_TO_RETURN,       {SYSTEM},         S.UNDER_REVIEW,       "return_ship_by_at"),       # nobody can say that the goods have ever come
    Move(S.RETURN_IN_TRANSIT, A.ACKNOWLEDGE_RETURN,      {SELLER},         S.RESOLVED),          # refund
    Move(S.RETURN_IN_TRANSIT, A.CONTEST_RETURN,          {SELLER},         S.UNDER_REVIEW),
    Move(S.RETURN_IN_TRANSIT, A.ESCALATE,                {BUYER},          S.UNDER_REVIEW),
    Move(S.RETURN_IN_TRANSIT, A.RETURN_NOT_ACKNOWLEDGED, {SYSTEM},         S.RESOLVED,           "return_acknowledge_by_at"),  # refund
    Move(S.UNDER_REVIEW,      A.DECIDE,                  {OPERATOR},       S.RESOLVED),
    Move(S.UNDER_REVIEW,      A.DECIDE_WITH_RETURN,      {OPERATOR},       S.AWAITING_RETURN),
    Move(S.UNDER_REVIEW,      A.SETTLE,                  {BUYER, SELLER},  S.RESOLVED),          # both agree after all
    Move(S.UNDER_REVIEW,      A.SETTLE_WITH_RETURN,      {BUYER, SELLER},  S.AWAITING_RETURN),
    Move(S.UNDER_REVIEW,      A.REVIEW_OVERDUE,          {SYSTEM},         S.RESOLVED,           "decision_due_at"),         # refund, at the platform's cost
    #    two private limits overlap: settled at once
    Move(S.AWAITING_SELLER,   A.SETTLE_QUIETLY,          {BUYER, SELLER},  S.RESOLVED),
    Move(S.AWAITING_BUYER,    A.SETTLE_QUIETLY,          {BUYER, SELLER},  S.RESOLVED),
    Move(S.UNDER_REVIEW,      A.SETTLE_QUIETLY,          {BUYER, SELLER},  S.RESOLVED),
    #    what changes nothing about whose turn it is
    Move(S.AWAITING_SELLER,   A.WITHDRAW_OFFER,          {SELLER},         S.AWAITING_SELLER),   # the buyer's own would leave nothing to answer: WITHDRAW
    Move(S.AWAITING_BUYER,    A.WITHDRAW_OFFER,          {SELLER},         S.AWAITING_BUYER),
    Move(S.AWAITING_BUYER,    A.DECLINE_OFFER,           {BUYER},          S.AWAITING_BUYER),    # the seller declines by REFUSE
    Move(S.UNDER_REVIEW,      A.COUNTER_OFFER,           {BUYER, SELLER},  S.UNDER_REVIEW),
    Move(S.UNDER_REVIEW,      A.WITHDRAW_OFFER,          {BUYER, SELLER},  S.UNDER_REVIEW),
    Move(S.UNDER_REVIEW,      A.DECLINE_OFFER,           {BUYER, SELLER},  S.UNDER_REVIEW),
    Move(S.UNDER_REVIEW,      A.REQUEST_EVIDENCE,        {OPERATOR},       S.UNDER_REVIEW),
    Move(S.RETURN_IN_TRANSIT, A.MARK_RETURN_DELIVERED,   {OPERATOR},       S.RETURN_IN_TRANSIT),  # starts the seller's shorter clock
    Move(S.AWAITING_SELLER,   A.ASK_EXTENSION,           {SELLER},         S.AWAITING_SELLER),
    Move(S.AWAITING_BUYER,    A.ASK_EXTENSION,           {BUYER},          S.AWAITING_BUYER),
    Move(S.AWAITING_RETURN,   A.ASK_EXTENSION,           {BUYER},          S.AWAITING_RETURN),
    Move(S.AWAITING_SELLER,   A.GRANT_EXTENSION,         {BUYER},          S.AWAITING_SELLER),
    Move(S.AWAITING_BUYER,    A.GRANT_EXTENSION,         {SELLER},         S.AWAITING_BUYER),
    Move(S.AWAITING_RETURN,   A.GRANT_EXTENSION,         {SELLER},         S.AWAITING_RETURN),
    Move(S.AWAITING_SELLER,   A.ADD_EVIDENCE,            {BUYER, SELLER},  S.AWAITING_SELLER),
    Move(S.AWAITING_BUYER,    A.ADD_EVIDENCE,            {BUYER, SELLER},  S.AWAITING_BUYER),
    Move(S.AWAITING_RETURN,   A.ADD_EVIDENCE,            {BUYER, SELLER},  S.AWAITING_RETURN),
    Move(S.RETURN_IN_TRANSIT, A.ADD_EVIDENCE,            {BUYER, SELLER},  S.RETURN_IN_TRANSIT),
    Move(S.UNDER_REVIEW,      A.ADD_EVIDENCE,            {BUYER, SELLER},  S.UNDER_REVIEW),
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
        "en": "The dispute closes without refund; if nothing has come yet, the operator decides.",
        "de": "Der Fall schließt ohne Erstattung; ist noch nichts angekommen, entscheidet der Betreiber."}),
    Timer("return_acknowledge_by_at", DeadlineKind.RETURN_ACKNOWLEDGE_BY, SELLER, {
        "en": "The return counts as received and the refund is made.", "de": "Die Rücksendung gilt als erhalten und wird erstattet."}),
    Timer("decision_due_at", DeadlineKind.DECISION_DUE, OPERATOR, {
        "en": "The buyer is refunded, at the marketplace's cost.", "de": "Der Käufer bekommt sein Geld, auf Kosten des Marktplatzes."}),
)
# fmt: on

MOST_EXTENSIONS: Final = 2
"""How often a deadline of one dispute is put off: consent must not make a case last for ever."""


def answers(action: DisputeAction, role: Role) -> bool:
    """Whether this is the seller's side answering."""
    return action in ANSWERS_FIRST and role is not BUYER


class DisputeFacts(Protocol):
    """What the rules look at in a dispute, besides its deadline columns."""

    id: UUID
    status: DisputeStatus
    outcome: DisputeOutcome | None
    closed_at: datetime | None
    extensions: int
    extension_asked_s: int | None


def why_not(
    action: DisputeAction, dispute: DisputeFacts, role: Role, now: datetime
) -> Refusal | None:
    """Say why this role may not do this now, or None: the one rule behind mutations and buttons."""
    if role not in DISPUTE.roles(action):
        return NotAllowed(action=action, role=role)
    if dispute.status is S.RESOLVED:
        assert dispute.closed_at is not None, "a constraint: what is resolved has its moment"
        return DisputeAlreadyDecided(dispute.closed_at)
    deadline = next_deadline(dispute)
    if deadline is not None and now >= deadline.due_at and action not in ANSWERS_NOTHING:
        return DisputeDeadlinePassed(deadline.due_at)
    refused = DISPUTE.refusal(action, dispute.status, role)
    waiting_for = waits_for(dispute.status)
    if refused is not None and role is not waiting_for:
        return NotYourTurn(waiting_for, deadline.due_at if deadline else None)
    return refused or _why_no_more_time(action, dispute)


def _why_no_more_time(action: DisputeAction, dispute: DisputeFacts) -> Refusal | None:
    """One request at a time, and not for ever."""
    if action not in {A.ASK_EXTENSION, A.GRANT_EXTENSION}:
        return None
    if dispute.extensions >= MOST_EXTENSIONS:
        return ExtensionsUsedUp(MOST_EXTENSIONS)
    asked_s = dispute.extension_asked_s
    if action is A.ASK_EXTENSION:
        return ExtensionAlreadyAsked(asked_s) if asked_s is not None else None
    return ExtensionNotAsked() if asked_s is None else None


class EndedFacts(DisputeFacts, Protocol):
    """What the rules look at in a dispute that is over."""

    stage: DisputeStage

    @property
    def by_law(self) -> bool: ...


def was_seen(dispute: EndedFacts) -> bool:
    """Whether an operator has looked at it."""
    return dispute.stage is not DisputeStage.NEGOTIATION


def _in_vain(dispute: EndedFacts) -> bool:
    """The buyer took it back, or withdrew from the purchase and got nothing."""
    lapsed = dispute.by_law and dispute.outcome is DisputeOutcome.NO_REFUND
    return lapsed or dispute.outcome is DisputeOutcome.WITHDRAWN


def came_to_nothing(dispute: EndedFacts) -> bool:
    """It decided nothing: it was taken back, or was a withdrawal after which nothing was sent.

    What an operator has looked at is decided, whatever came of it: else a buyer whom the decision
    does not please could take it back, and ask the seller's silence for more.
    """
    return _in_vain(dispute) and not was_seen(dispute)


def gives_time_back(dispute: EndedFacts, *, first: bool) -> bool:
    """Whether the buyer gets back the time that it took, to withdraw from the purchase or complain.

    The first of an order always does. A later one does not when the buyer alone ended it, or sent
    nothing back that counted: else a buyer could keep the seller from the money for ever.
    """
    return first or not _in_vain(dispute)


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


def remind_at(dispute: DisputeFacts, since: datetime, given: int) -> datetime | None:
    """When whoever it waits for is reminded next; `given` reminders went out since it began."""
    deadline = next_deadline(dispute)
    return clocks.remind_at(since, deadline.due_at, given) if deadline else None


def reminders_due(dispute: DisputeFacts, since: datetime, now: datetime) -> int:
    """How many reminders of the turn that began at `since` have had their time by now."""
    deadline = next_deadline(dispute)
    return clocks.reminders_due(since, deadline.due_at, now) if deadline else 0


def put_off(dispute: DisputeFacts, by: timedelta) -> dict[str, datetime]:
    """The clocks that change when the turn's own is put off: none of the others may come sooner."""
    columns = dict.fromkeys(move.clock for move in DISPUTE.clocks(dispute.status) if move.clock)
    own, *others = columns
    due_at = getattr(dispute, own) + by
    sooner = [column for column in others if (at := getattr(dispute, column)) and at < due_at]
    return dict.fromkeys([own, *sooner], due_at)
