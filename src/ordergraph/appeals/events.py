"""What has happened to an appeal, as facts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.disputes.events import DisputeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealEvent(DisputeEvent):
    appeal_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealOpened(AppealEvent):
    type = "appeal.opened"
    says = {"en": "An appeal was made.", "de": "Es wurde Einspruch erhoben."}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealGranted(AppealEvent):
    type = "appeal.granted"
    says = {"en": "The operator granted the appeal.", "de": "Dem Einspruch wurde stattgegeben."}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDenied(AppealEvent):
    type = "appeal.denied"
    says = {"en": "The operator denied the appeal.", "de": "Der Einspruch wurde abgelehnt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealWithdrawn(AppealEvent):
    type = "appeal.withdrawn"
    says = {"en": "The appeal was taken back.", "de": "Der Einspruch wurde zurückgezogen."}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealOverdue(AppealEvent):
    """The operator did not decide in time: granted, at the marketplace's cost."""

    type = "appeal.overdue"
    says = {
        "en": "Nobody decided the appeal in time: it is granted.",
        "de": "Niemand entschied rechtzeitig über den Einspruch: Ihm ist stattgegeben.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealReminder(AppealEvent):
    """A part of the time to decide is over; `waiting_for` is whose time it is."""

    type = "appeal.reminder"
    says = {
        "en": "The operator was reminded of the appeal.",
        "de": "Der Betreiber wurde an den Einspruch erinnert.",
    }
    waiting_for: str
    due_at: datetime
