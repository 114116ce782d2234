"""What has happened in a dispute, as facts."""

from dataclasses import dataclass
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
class ReturnShipped(DisputeEvent):
    type = "return.shipped"
    says = {"en": "The goods were sent back.", "de": "Die Ware wurde zurückgeschickt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAcknowledged(DisputeEvent):
    type = "return.acknowledged"
    says = {"en": "The goods came back.", "de": "Die Ware ist zurück."}
