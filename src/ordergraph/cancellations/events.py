"""What happened to a late request, as facts; what follows for the order is told by the order's own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationEvent(Event):
    """What events about a late request share."""

    cancellation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequested(CancellationEvent):
    type = "order.cancellation_requested"
    says = {
        "en": "The buyer asked the seller to cancel.",
        "de": "Der Käufer bat den Verkäufer, zu stornieren.",
    }
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationApproved(CancellationEvent):
    """By the seller or an operator; or by the system, when the seller stayed silent."""

    type = "order.cancellation_approved"
    says = {
        "en": "The request to cancel was granted.",
        "de": "Der Bitte um Stornierung wurde entsprochen.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRejected(CancellationEvent):
    """By the seller or an operator; or by the system, because the parcel has left."""

    type = "order.cancellation_rejected"
    says = {
        "en": "The request to cancel was refused.",
        "de": "Die Bitte um Stornierung wurde abgelehnt.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationWithdrawn(CancellationEvent):
    """By the buyer; or by the system, when what it asked for was canceled otherwise."""

    type = "order.cancellation_withdrawn"
    says = {
        "en": "The request to cancel is void.",
        "de": "Die Bitte um Stornierung ist hinfällig.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationReminder(CancellationEvent):
    """A part of the time to answer is over; `waiting_for` is whose time it is."""

    type = "order.cancellation_reminder"
    says = {
        "en": "The seller was reminded of the request to cancel.",
        "de": "Der Verkäufer wurde an die Bitte um Stornierung erinnert.",
    }
    waiting_for: str
    due_at: datetime
