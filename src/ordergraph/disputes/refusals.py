"""Why a dispute cannot be opened, or cannot go that way: facts for the person who asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.disputes.words import EvidenceType, OfferStatus
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
    closed_at: datetime
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
    closed_at: datetime
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
class EvidenceRequired(Refusal):
    """`missing`: the types of evidence without which this cannot be done."""

    missing: Sequence[EvidenceType]
    says = {
        "en": "Evidence has to come with it, or be there already.",
        "de": "Dafür müssen Belege vorliegen oder mitgeschickt werden.",
    }


@dataclass(eq=False)
class NotYourTurn(Refusal):
    waiting_for: Role
    until: datetime | None
    says = {
        "en": "It is not your turn: the dispute waits for {waiting_for}.",
        "de": "Du bist nicht an der Reihe: Der Fall wartet auf {waiting_for}.",
    }


@dataclass(eq=False)
class OfferNotOpen(Refusal):
    """`status` is None where that side has never made an offer."""

    status: OfferStatus | None
    says = {
        "en": "This offer no longer stands.",
        "de": "Dieses Angebot steht nicht mehr.",
    }


@dataclass(eq=False)
class WrongSideOfOffer(Refusal):
    """One's own offer can be taken back, the other side's answered; never the other way round."""

    made_by: Role
    says = {
        "en": "This is an offer of {made_by}: only the other side answers it, only they take it back.",
        "de": "Das ist ein Angebot von {made_by}: Nur die Gegenseite antwortet, nur sie nehmen es zurück.",
    }


@dataclass(eq=False)
class TooManyOffers(Refusal):
    most: int
    says = {
        "en": "There were {most} offers already: accept one, or let the operator decide.",
        "de": "Es gab schon {most} Angebote: Nehmen Sie eines an, oder der Betreiber entscheidet.",
    }


@dataclass(eq=False)
class ExtensionsUsedUp(Refusal):
    most: int
    says = {
        "en": "The time was put off {most} times already.",
        "de": "Die Frist wurde schon {most} Mal verlängert.",
    }


@dataclass(eq=False)
class ExtensionAlreadyAsked(Refusal):
    seconds: int
    says = {
        "en": "More time was asked for already: the other side has to agree.",
        "de": "Um mehr Zeit wurde schon gebeten: Die Gegenseite muss zustimmen.",
    }


@dataclass(eq=False)
class ExtensionNotAsked(Refusal):
    says = {
        "en": "Nobody asks for more time now.",
        "de": "Gerade bittet niemand um mehr Zeit.",
    }


@dataclass(eq=False)
class TooManyMessages(Refusal):
    """Nobody answers to many messages in a row: somebody else writes first."""

    limit: int
    says = {
        "en": "You wrote {limit} messages in a row: please wait for an answer.",
        "de": "Du hast {limit} Nachrichten hintereinander geschrieben: Bitte warte auf eine Antwort.",
    }


@dataclass(eq=False)
class ThreadFull(Refusal):
    """What has not been said by then is for the operator to decide."""

    limit: int
    says = {
        "en": "This thread has {limit} messages: it is full.",
        "de": "Dieser Verlauf hat {limit} Nachrichten: Er ist voll.",
    }
