"""What can have happened to a refund."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.kernel.event import Event


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundHeld(RefundEvent):
    type = "refund.held"
    says = {"en": "The refund was put on hold.", "de": "Die Erstattung wurde angehalten."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundResumed(RefundEvent):
    type = "refund.resumed"
    says = {"en": "The hold ended.", "de": "Das Anhalten endete."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCanceled(RefundEvent):
    type = "refund.canceled"
    says = {"en": "The refund was called off.", "de": "Die Erstattung wurde abgesagt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRetried(RefundEvent):
    type = "refund.retried"
    says = {"en": "The refund is tried once more.", "de": "Die Erstattung wird erneut versucht."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundMethodChanged(RefundEvent):
    """`method` is a RefundMethod's name."""

    method: str
    type = "refund.method_changed"
    says = {
        "en": "The refund goes another way.",
        "de": "Die Erstattung nimmt einen anderen Weg.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(RefundEvent):
    type = "refund.failed"
    says = {"en": "The refund was given up.", "de": "Die Erstattung wurde aufgegeben."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReminder(RefundEvent):
    """A part of the time to choose another way is over; `waiting_for` is whose time it is."""

    type = "refund.reminder"
    says = {
        "en": "A reminder was sent that the refund waits.",
        "de": "Es wurde erinnert, dass die Erstattung wartet.",
    }
    waiting_for: str
    due_at: datetime
