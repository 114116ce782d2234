"""Why a dispute cannot be opened, or cannot go that way: facts for the person who asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal


@dataclass(eq=False)
class DisputeNotYet(Refusal):
    """`opens_at` is None when nobody can say: the order has not been shipped."""

    opens_at: datetime | None
    says = {
        "en": "A dispute can be opened once the order has come, or is overdue.",
        "de": "Ein Fall kann eröffnet werden, wenn die Bestellung da oder überfällig ist.",
    }


@dataclass(eq=False)
class DisputeWindowClosed(Refusal):
    closed_at: datetime | None
    says = {
        "en": "The time to open a dispute is over.",
        "de": "Die Frist, einen Fall zu eröffnen, ist vorbei.",
    }


@dataclass(eq=False)
class DisputeAlreadyOpen(Refusal):
    dispute_id: UUID
    says = {
        "en": "There is an open dispute over this order.",
        "de": "Zu dieser Bestellung ist schon ein Fall offen.",
    }


@dataclass(eq=False)
class TooManyOpenDisputes(Refusal):
    """Told as a number: the buyer can end one of those, or wait for its end."""

    open: int
    most: int
    says = {
        "en": "You have reached the limit of open disputes: {open} of {most}.",
        "de": "Du hast die Grenze offener Fälle erreicht: {open} von {most}.",
    }


@dataclass(eq=False)
class DisputeAlreadyDecided(Refusal):
    closed_at: datetime | None
    says = {"en": "The dispute is over.", "de": "Der Fall ist abgeschlossen."}


@dataclass(eq=False)
class DisputeDeadlinePassed(Refusal):
    """What was announced for that moment stands, even if no worker has done it yet."""

    due_at: datetime
    says = {
        "en": "The time for this ended on {due_at:%Y-%m-%d at %H:%M} UTC.",
        "de": "Die Frist dafür endete am {due_at:%d.%m.%Y um %H:%M} UTC.",
    }


@dataclass(eq=False)
class NotYourTurn(Refusal):
    waiting_for: Role
    until: datetime | None
    says = {
        "en": "It is not your turn: the dispute waits for {waiting_for}.",
        "de": "Du bist nicht an der Reihe: Der Fall wartet auf {waiting_for}.",
    }
