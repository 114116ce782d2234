"""What has happened in a dispute, as facts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeEvent(Event):
    dispute_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOpened(DisputeEvent):
    type = "dispute.opened"
    says = {"en": "A dispute was opened.", "de": "Ein Fall wurde eröffnet."}
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeAccepted(DisputeEvent):
    """By the seller; or by the system, when the seller stayed silent until it was too late."""

    type = "dispute.accepted"
    says = {
        "en": "What the buyer asked for was granted.",
        "de": "Was verlangt wurde, ist gewährt.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeGrantedByLaw(DisputeEvent):
    """A consumer withdrew from the purchase: that needs nobody's consent."""

    type = "dispute.granted_by_law"
    says = {"en": "The law grants it.", "de": "Das Gesetz gewährt es."}


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRefused(DisputeEvent):
    type = "dispute.refused"
    says = {"en": "The seller refused.", "de": "Der Verkäufer lehnte ab."}


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeWithdrawn(DisputeEvent):
    type = "dispute.withdrawn"
    says = {"en": "The buyer took the dispute back.", "de": "Der Fall wurde zurückgezogen."}


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeEscalated(DisputeEvent):
    """By the buyer; or by the system, when a deadline hands the dispute to the operator."""

    type = "dispute.escalated"
    says = {"en": "The operator takes over.", "de": "Der Betreiber übernimmt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeDecided(DisputeEvent):
    type = "dispute.decided"
    says = {"en": "The operator decided.", "de": "Der Betreiber hat entschieden."}
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeClosedByDeadline(DisputeEvent):
    """`move` names the row of the table; `platform_pays` says whose money it is that goes back."""

    type = "dispute.closed_by_deadline"
    says = {
        "en": "A deadline passed and closed the dispute.",
        "de": "Eine Frist lief ab und schloss den Fall.",
    }
    move: str
    outcome: str
    platform_pays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(DisputeEvent):
    type = "dispute.message_sent"
    says = {"en": "A message was written.", "de": "Eine Nachricht wurde geschrieben."}
    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAdded(DisputeEvent):
    type = "dispute.evidence_added"
    says = {"en": "Evidence was handed in.", "de": "Ein Beleg wurde eingereicht."}
    evidence_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnShipped(DisputeEvent):
    type = "return.shipped"
    says = {"en": "The goods were sent back.", "de": "Die Ware wurde zurückgeschickt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDelivered(DisputeEvent):
    type = "return.delivered"
    says = {
        "en": "The carrier brought the goods back.",
        "de": "Die Ware wurde zurückgebracht.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnContested(DisputeEvent):
    """`answer` is a ReturnAcknowledgement's name."""

    type = "return.contested"
    says = {
        "en": "The seller contested the return.",
        "de": "Der Verkäufer beanstandete die Rücksendung.",
    }
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAcknowledged(DisputeEvent):
    type = "return.acknowledged"
    says = {"en": "The goods came back.", "de": "Die Ware ist zurück."}


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeDecidedWithReturn(DisputeEvent):
    """The outcome follows the goods: it is told when they are back, or never came."""

    type = "dispute.decided_with_return"
    says = {
        "en": "The operator decided: the goods go back, then the money.",
        "de": "Der Betreiber hat entschieden: erst die Ware zurück, dann das Geld.",
    }
    amount_minor: int
    return_paid_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequested(DisputeEvent):
    """`party` is whose evidence the operator wants to see."""

    type = "dispute.evidence_requested"
    says = {"en": "The operator asks for evidence.", "de": "Der Betreiber bittet um Belege."}
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEvent(DisputeEvent):
    offer_id: UUID
    amount_minor: int
    return_paid_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(OfferEvent):
    type = "dispute.offer_made"
    says = {"en": "An offer was made.", "de": "Ein Angebot wurde gemacht."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted(OfferEvent):
    """Both agree. When the seller grants what the buyer asks for, that is dispute.accepted."""

    type = "dispute.offer_accepted"
    says = {"en": "The two sides agreed.", "de": "Beide Seiten haben sich geeinigt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDeclined(OfferEvent):
    type = "dispute.offer_declined"
    says = {"en": "An offer was declined.", "de": "Ein Angebot wurde abgelehnt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferWithdrawn(OfferEvent):
    type = "dispute.offer_withdrawn"
    says = {"en": "An offer was taken back.", "de": "Ein Angebot wurde zurückgezogen."}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionAsked(DisputeEvent):
    type = "dispute.extension_asked"
    says = {"en": "More time was asked for.", "de": "Um mehr Zeit wurde gebeten."}
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionGranted(DisputeEvent):
    type = "dispute.extension_granted"
    says = {"en": "The deadline was put off.", "de": "Die Frist wurde verlängert."}
    seconds: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeReminder(DisputeEvent):
    """A part of the time to act is over; `waiting_for` is whose time it is."""

    type = "dispute.reminder"
    says = {"en": "A reminder was sent.", "de": "Es wurde erinnert."}
    waiting_for: str
    due_at: datetime
