"""The lines that what happens writes into the thread: which events make one, and how it reads."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from string import Formatter
from typing import Final, Protocol

from babel.numbers import format_currency

from ordergraph.disputes.words import ReturnAcknowledgement, ShippingPayer
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event, Plain
from ordergraph.kernel.language import say
from ordergraph.kernel.money import Money

Says = Mapping[str, str]
Facts = Mapping[str, Plain]

# fmt: off
LINES: Final[Mapping[str, Sequence[Says]]] = {
    # event: its sentences; the first one whose facts are all known is said. {who} is known when a person did it
    "dispute.accepted": (
        {"en": "{who} accepted: {amount} once the goods are back; {payer} pays for the return.", "de": "{who} hat zugestimmt: {amount}, sobald die Ware zurück ist; {payer} bezahlt die Rücksendung."},
        {"en": "{who} accepted: {amount} for the buyer.", "de": "{who} hat zugestimmt: {amount} für den Käufer."},
        {"en": "The seller did not answer in time: {amount} for the buyer once the goods are back; {payer} pays for the return.", "de": "Der Verkäufer hat nicht rechtzeitig geantwortet: {amount} für den Käufer, sobald die Ware zurück ist; {payer} bezahlt die Rücksendung."},
        {"en": "What the buyer asked for is granted.", "de": "Was der Käufer verlangt hat, ist gewährt."}),
    "dispute.accepted_by_rule": (
        {"en": "The seller's own rule accepted: {amount} for the buyer.", "de": "Eine Regel des Verkäufers hat zugestimmt: {amount} für den Käufer."},
        {"en": "The seller's own rule accepted what the buyer asked for.", "de": "Eine Regel des Verkäufers hat gewährt, was der Käufer verlangt hat."}),
    "dispute.granted_by_law": (
        {"en": "The law grants the withdrawal: {amount} for the buyer once the goods are back; {payer} pays for the return.", "de": "Das Gesetz gewährt den Widerruf: {amount} für den Käufer, sobald die Ware zurück ist; {payer} bezahlt die Rücksendung."},
        {"en": "The law grants the withdrawal.", "de": "Das Gesetz gewährt den Widerruf."}),
    "dispute.refused": (
        {"en": "{who} refused: the buyer may ask the marketplace to decide.", "de": "{who} hat abgelehnt: Der Käufer kann den Marktplatz entscheiden lassen."},
        {"en": "What the buyer asked for was refused.", "de": "Was der Käufer verlangt hat, wurde abgelehnt."}),
    "dispute.withdrawn": (
        {"en": "{who} took the dispute back.", "de": "{who} hat den Fall zurückgezogen."},
        {"en": "The dispute was taken back.", "de": "Der Fall wurde zurückgezogen."}),
    "dispute.escalated": (
        {"en": "{who} asked the marketplace to decide.", "de": "{who} hat den Marktplatz um eine Entscheidung gebeten."},
        {"en": "Time ran out: the marketplace decides now.", "de": "Die Zeit ist abgelaufen: Jetzt entscheidet der Marktplatz."}),
    "dispute.decided": (
        {"en": "{who} decided: {amount} for the buyer.", "de": "{who} hat entschieden: {amount} für den Käufer."},
        {"en": "{who} decided: no refund.", "de": "{who} hat entschieden: keine Erstattung."},
        {"en": "The dispute was decided.", "de": "Der Fall ist entschieden."}),
    "dispute.decided_with_return": (
        {"en": "{who} decided: {amount} for the buyer once the goods are back; {payer} pays for the return.", "de": "{who} hat entschieden: {amount} für den Käufer, sobald die Ware zurück ist; {payer} bezahlt die Rücksendung."},
        {"en": "The dispute was decided: the goods go back first.", "de": "Der Fall ist entschieden: Zuerst geht die Ware zurück."}),
    "dispute.closed_by_deadline": (
        {"en": "A deadline passed: {amount} for the buyer.", "de": "Eine Frist ist abgelaufen: {amount} für den Käufer."},
        {"en": "A deadline passed: the dispute is closed without refund.", "de": "Eine Frist ist abgelaufen: Der Fall ist ohne Erstattung geschlossen."}),
    "dispute.settled": (
        {"en": "The two sides settled on {amount}.", "de": "Beide Seiten haben sich auf {amount} geeinigt."},
        {"en": "The two sides settled.", "de": "Beide Seiten haben sich geeinigt."}),
    "dispute.offer_made": (
        {"en": "{who} offers {amount} once the goods are back; {payer} pays for the return.", "de": "{who} bietet {amount}, sobald die Ware zurück ist; {payer} bezahlt die Rücksendung."},
        {"en": "{who} offers {amount}; the goods stay.", "de": "{who} bietet {amount}; die Ware bleibt."},
        {"en": "An offer was made.", "de": "Ein Angebot wurde gemacht."}),
    "dispute.offered_by_rule": (
        {"en": "The seller's own rule offers {amount}; the goods stay.", "de": "Eine Regel des Verkäufers bietet {amount}; die Ware bleibt."},
        {"en": "The seller's own rule made an offer.", "de": "Eine Regel des Verkäufers hat ein Angebot gemacht."}),
    "dispute.offer_accepted": (
        {"en": "{who} accepted the offer: {amount} once the goods are back; {payer} pays for the return.", "de": "{who} hat das Angebot angenommen: {amount}, sobald die Ware zurück ist; {payer} bezahlt die Rücksendung."},
        {"en": "{who} accepted the offer of {amount}.", "de": "{who} hat das Angebot über {amount} angenommen."},
        {"en": "The two sides agreed.", "de": "Beide Seiten haben sich geeinigt."}),
    "dispute.offer_declined": (
        {"en": "{who} declined the offer of {amount}.", "de": "{who} hat das Angebot über {amount} abgelehnt."},
        {"en": "An offer was declined.", "de": "Ein Angebot wurde abgelehnt."}),
    "dispute.offer_withdrawn": (
        {"en": "{who} took the offer of {amount} back.", "de": "{who} hat das Angebot über {amount} zurückgezogen."},
        {"en": "An offer was taken back.", "de": "Ein Angebot wurde zurückgezogen."}),
    "dispute.evidence_requested": (
        {"en": "{who} asks {party} for evidence.", "de": "{who} bittet {party} um Belege."},
        {"en": "The marketplace asks for evidence.", "de": "Der Marktplatz bittet um Belege."}),
    "dispute.evidence_added": (
        {"en": "{who} handed in evidence.", "de": "{who} hat einen Beleg eingereicht."},
        {"en": "Evidence was handed in.", "de": "Ein Beleg wurde eingereicht."}),
    "dispute.extension_asked": (
        {"en": "{who} asks for more time.", "de": "{who} bittet um mehr Zeit."},
        {"en": "More time was asked for.", "de": "Um mehr Zeit wurde gebeten."}),
    "dispute.extension_granted": (
        {"en": "{who} gave more time, until {due}.", "de": "{who} hat mehr Zeit gegeben, bis {due}."},
        {"en": "The deadline was put off.", "de": "Die Frist wurde verlängert."}),
    "appeal.opened": (
        {"en": "{who} appealed against the decision.", "de": "{who} hat gegen die Entscheidung Einspruch erhoben."},
        {"en": "An appeal was made.", "de": "Es wurde Einspruch erhoben."}),
    "appeal.granted": (
        {"en": "{who} granted the appeal.", "de": "{who} hat dem Einspruch stattgegeben."},
        {"en": "The appeal was granted.", "de": "Dem Einspruch wurde stattgegeben."}),
    "appeal.denied": (
        {"en": "{who} denied the appeal: the decision stands.", "de": "{who} hat den Einspruch abgelehnt: Die Entscheidung bleibt."},
        {"en": "The appeal was denied.", "de": "Der Einspruch wurde abgelehnt."}),
    "appeal.withdrawn": (
        {"en": "{who} took the appeal back.", "de": "{who} hat den Einspruch zurückgezogen."},
        {"en": "The appeal was taken back.", "de": "Der Einspruch wurde zurückgezogen."}),
    "appeal.overdue": (
        {"en": "Nobody decided the appeal in time: it is granted.", "de": "Niemand hat rechtzeitig über den Einspruch entschieden: Ihm ist stattgegeben."},),
    "return.shipped": (
        {"en": "{who} sent the goods back with {carrier}, number {tracking}.", "de": "{who} hat die Ware mit {carrier} zurückgeschickt, Nummer {tracking}."},
        {"en": "The goods were sent back.", "de": "Die Ware wurde zurückgeschickt."}),
    "return.delivered": (
        {"en": "{carrier} brought the goods back to the seller.", "de": "{carrier} hat die Ware zum Verkäufer zurückgebracht."},
        {"en": "The goods were brought back to the seller.", "de": "Die Ware wurde zum Verkäufer zurückgebracht."}),
    "return.acknowledged": (
        {"en": "{who} has the goods back: {amount} for the buyer.", "de": "{who} hat die Ware zurück: {amount} für den Käufer."},
        {"en": "The goods are back.", "de": "Die Ware ist zurück."}),
    "return.contested": (
        {"en": "{who} contests the return: {answer} The marketplace decides.", "de": "{who} beanstandet die Rücksendung: {answer} Der Marktplatz entscheidet."},
        {"en": "The return is contested: the marketplace decides.", "de": "Die Rücksendung wird beanstandet: Der Marktplatz entscheidet."}),
}

WITHOUT_A_LINE: Final[Mapping[str, str]] = {
    # event                 why
    "dispute.opened":       "The dispute itself, with its description, stands above the thread.",
    "dispute.message_sent": "The message is a line by itself.",
    "dispute.reminder":     "It is for the one who has to act, and changes nothing between the two.",
    "appeal.reminder":      "It is for operators, and changes nothing between the two.",
    "withdrawal.confirmed": "Its document says it, and the dispute that it opens is about nothing else.",
}

PEOPLE: Final[Mapping[str, Says]] = {
    Role.BUYER:    {"en": "The buyer", "de": "Der Käufer"},
    Role.SELLER:   {"en": "The seller", "de": "Der Verkäufer"},
    Role.OPERATOR: {"en": "The marketplace", "de": "Der Marktplatz"},
}
ASKED: Final[Mapping[str, Says]] = {
    Role.BUYER:    {"en": "the buyer", "de": "den Käufer"},
    Role.SELLER:   {"en": "the seller", "de": "den Verkäufer"},
}
PAYERS: Final[Mapping[str, Says]] = {
    ShippingPayer.BUYER:    {"en": "the buyer", "de": "der Käufer"},
    ShippingPayer.SELLER:   {"en": "the seller", "de": "der Verkäufer"},
    ShippingPayer.PLATFORM: {"en": "the marketplace", "de": "der Marktplatz"},
}
ANSWERS: Final[Mapping[str, Says]] = {
    ReturnAcknowledgement.ITEM_RECEIVED:              {"en": "the goods are back.", "de": "Die Ware ist zurück."},
    ReturnAcknowledgement.ITEM_NOT_RECEIVED:          {"en": "nothing came.", "de": "Es ist nichts angekommen."},
    ReturnAcknowledgement.DAMAGED:                    {"en": "the goods are damaged.", "de": "Die Ware ist beschädigt."},
    ReturnAcknowledgement.EMPTY_PACKAGE_OR_DIFFERENT: {"en": "the parcel was empty, or something else was in it.", "de": "Das Paket war leer oder enthielt etwas anderes."},
    ReturnAcknowledgement.MISSING_ITEMS:              {"en": "a part is missing.", "de": "Es fehlt ein Teil."},
}
MOMENTS: Final[Says] = {"en": "%Y-%m-%d at %H:%M UTC", "de": "%d.%m.%Y um %H:%M UTC"}
# fmt: on


class Standing(Protocol):
    """What a line may want to know of the dispute beside the event's own facts."""

    currency: str
    approved_minor: int | None
    return_paid_by: ShippingPayer | None
    return_carrier: str | None
    return_tracking_number: str | None


class Row(Protocol):
    """What is read of a stored line."""

    event_type: str | None
    author_role: str
    facts: dict[str, Plain] | None


def facts_of(event: Event, dispute: Standing) -> dict[str, Plain]:
    """What the event's line says, as it is now: a line never changes.

    What the event itself names goes before what the dispute knows.
    """
    found: dict[str, Plain] = {
        "amount_minor": dispute.approved_minor,
        "return_paid_by": dispute.return_paid_by.value if dispute.return_paid_by else None,
        "carrier": dispute.return_carrier,
        "tracking": dispute.return_tracking_number,
    }
    found |= event.to_json()
    found["currency"] = dispute.currency
    wanted = {fact for hole in _holes(LINES[event.type]) for fact in NEEDS.get(hole, (hole,))}
    return {name: value for name, value in found.items() if name in wanted and value is not None}


def said(row: Row, language: str) -> str:
    """The line in the reader's language; what a newer version wrote reads as its event's name."""
    event_type = row.event_type or ""
    if event_type not in LINES:
        return event_type
    words = _words(row.facts or {}, row.author_role, language)
    sentences = LINES[event_type]
    fitting = (says for says in sentences if _holes([says]) <= words.keys())
    return say(next(fitting, sentences[-1]), language, words)


NEEDS: Final[Mapping[str, Sequence[str]]] = {
    # what stands in a sentence, and the facts that it is made of; others are facts themselves
    "who": (),
    "amount": ("amount_minor", "currency"),
    "payer": ("return_paid_by",),
    "due": ("due_at",),
}


def _words(facts: Facts, role: str, language: str) -> dict[str, str]:
    """Everything that can be said with these facts."""
    words = {
        "who": _word(PEOPLE, role, language),
        "payer": _word(PAYERS, facts.get("return_paid_by"), language),
        "party": _word(ASKED, facts.get("party"), language),
        "answer": _word(ANSWERS, facts.get("answer"), language),
        "amount": _amount(facts, language),
        "due": _moment(facts.get("due_at"), language),
        "carrier": str(facts.get("carrier", "")),
        "tracking": str(facts.get("tracking", "")),
    }
    return {name: word for name, word in words.items() if word}


def _word(words: Mapping[str, Says], value: Plain, language: str) -> str:
    found = words.get(str(value))
    return say(found, language, {}) if found else ""


def _amount(facts: Facts, language: str) -> str:
    """Nothing is no amount: sentences without one say that there is no refund."""
    minor, currency = facts.get("amount_minor"), facts.get("currency")
    if not isinstance(minor, int) or not minor:
        return ""
    money = Money(minor, str(currency))
    return format_currency(money.amount, money.currency, locale=language)


def _moment(value: Plain, language: str) -> str:
    if value is None:
        return ""
    return datetime.fromisoformat(str(value)).astimezone(UTC).strftime(MOMENTS[language])


def _holes(sentences: Sequence[Says]) -> set[str]:
    return set(_named(sentences))


def _named(sentences: Sequence[Says]) -> Iterator[str]:
    for says in sentences:
        for sentence in says.values():
            yield from (name for _, name, _, _ in Formatter().parse(sentence) if name)
