"""Whom each event concerns, and how they read of it. Read this file first."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ordergraph.kernel.actor import Role
from ordergraph.kernel.language import say
from ordergraph.kernel.words import Words

BUYER, SELLER, OPERATOR, SYSTEM, GATEWAY = Role


@dataclass(frozen=True, slots=True)
class Notice:
    """Which sides are told, and the title by language; its facts are {who} and {number}.

    `by_itself` is how it reads when nobody acted but a deadline passed. `only` is the fact of the
    event that names the one side it is for, which may be operators (FOR_OPERATORS). `by_rule`: no
    person did it but a rule in somebody's name, who is told, too.
    """

    tells: AbstractSet[Role]
    says: Mapping[str, str]
    by_itself: Mapping[str, str] | None = None
    only: str | None = None
    by_rule: bool = False


# fmt: off
NOTICES: Final[dict[str, Notice]] = {
    # event                       who is told, but for the one who did it; what they read
    "order.paid":                 Notice({SELLER}, {
        "en": "New order {number} is paid: you can ship it.", "de": "Neue Bestellung {number} ist bezahlt und kann verschickt werden."}),
    "order.payment_declined":     Notice({BUYER}, {
        "en": "The payment of order {number} was declined.", "de": "Die Zahlung von Bestellung {number} wurde abgelehnt."}),
    "order.expired":              Notice({BUYER}, {
        "en": "Order {number} expired: it was not paid in time.", "de": "Bestellung {number} ist verfallen: Sie wurde nicht rechtzeitig bezahlt."}),
    "order.cancel_window_closed": Notice({SELLER}, {
        "en": "The buyer can no longer cancel order {number}.", "de": "Bestellung {number} kann vom Käufer nicht mehr storniert werden."}),
    "order.canceled":             Notice({BUYER, SELLER}, {
        "en": "{who} canceled order {number}.", "de": "{who} hat Bestellung {number} storniert."}, by_itself={
        "en": "Order {number} was canceled: the seller did not act in time.", "de": "Bestellung {number} wurde storniert: Der Verkäufer hat nicht rechtzeitig gehandelt."}),
    "order.cancellation_requested": Notice({SELLER}, {
        "en": "{who} asks you to cancel order {number}.", "de": "{who} bittet um Stornierung von Bestellung {number}."}),
    "order.cancellation_rejected": Notice({BUYER}, {
        "en": "{who} will not cancel order {number}.", "de": "{who} storniert Bestellung {number} nicht."}, by_itself={
        "en": "Order {number} has left: it is too late to cancel it.", "de": "Bestellung {number} ist unterwegs: Zum Stornieren ist es zu spät."}),
    "order.cancellation_withdrawn": Notice({SELLER}, {
        "en": "{who} no longer asks to cancel order {number}.", "de": "{who} bittet nicht mehr um Stornierung von Bestellung {number}."}, by_itself={
        "en": "The request over order {number} is void: it was canceled otherwise.", "de": "Die Bitte zu Bestellung {number} ist hinfällig: Sie wurde anders storniert."}),
    "order.lines_canceled":       Notice({BUYER, SELLER}, {
        "en": "{who} canceled a part of order {number}.", "de": "{who} hat einen Teil der Bestellung {number} storniert."}),
    "order.cancellation_reminder": Notice({BUYER, SELLER}, {
        "en": "The buyer still waits for your answer whether order {number} is canceled.", "de": "Der Käufer wartet noch auf Ihre Antwort zur Stornierung von Bestellung {number}."}, only="waiting_for"),
    "order.shipping_reminder":    Notice({BUYER, SELLER}, {
        "en": "Ship order {number} in time: else it is canceled.", "de": "Bitte Bestellung {number} rechtzeitig verschicken: Sonst wird sie storniert."}, only="waiting_for"),
    "order.shipped":              Notice({BUYER}, {
        "en": "Order {number} is on its way.", "de": "Bestellung {number} ist unterwegs."}),
    "order.delivered":            Notice({BUYER, SELLER}, {
        "en": "Order {number} was delivered.", "de": "Bestellung {number} wurde zugestellt."}, by_itself={
        "en": "Order {number} counts as delivered.", "de": "Bestellung {number} gilt als zugestellt."}),
    "order.completed":            Notice({BUYER, SELLER}, {
        "en": "Order {number} is complete.", "de": "Bestellung {number} ist abgeschlossen."}),

    "refund.scheduled":           Notice({BUYER}, {
        "en": "A refund for order {number} was promised.", "de": "Eine Erstattung für Bestellung {number} wurde zugesagt."}),
    "refund.released":            Notice({BUYER, SELLER}, {
        "en": "{who} released the refund for order {number}.", "de": "{who} hat die Erstattung für Bestellung {number} freigegeben."}),
    "refund.pending":             Notice({BUYER}, {
        "en": "The payment provider has the refund for order {number}.", "de": "Der Zahlungsdienst bearbeitet die Erstattung für Bestellung {number}."}),
    "refund.succeeded":           Notice({BUYER, SELLER}, {
        "en": "The money for order {number} was sent back.", "de": "Das Geld für Bestellung {number} wurde zurückgeschickt."}),
    "refund.held":                Notice({BUYER, SELLER}, {
        "en": "{who} holds the refund for order {number} for a while.", "de": "{who} hält die Erstattung für Bestellung {number} vorerst an."}),
    "refund.resumed":             Notice({BUYER, SELLER}, {
        "en": "{who} let the refund for order {number} go on.", "de": "{who} lässt die Erstattung für Bestellung {number} weiterlaufen."}, by_itself={
        "en": "The refund for order {number} goes on.", "de": "Die Erstattung für Bestellung {number} läuft weiter."}),
    "refund.canceled":            Notice({BUYER, SELLER}, {
        "en": "{who} called off the refund for order {number}.", "de": "{who} hat die Erstattung für Bestellung {number} abgesagt."}),
    "refund.retried":             Notice({BUYER}, {
        "en": "The refund for order {number} is tried once more.", "de": "Die Erstattung für Bestellung {number} wird erneut versucht."}),
    "refund.method_changed":      Notice({BUYER}, {
        "en": "{who} chose another way for the refund of order {number}.", "de": "{who} hat für die Erstattung zu Bestellung {number} einen anderen Weg gewählt."}, by_itself={
        "en": "The refund for order {number} becomes store credit.", "de": "Die Erstattung für Bestellung {number} wird zu Guthaben."}),
    "refund.failed":              Notice({BUYER, SELLER}, {
        "en": "{who} gave up the refund for order {number}.", "de": "{who} hat die Erstattung für Bestellung {number} aufgegeben."}, by_itself={
        "en": "The refund for order {number} ended: your bank took the payment back already.", "de": "Die Erstattung für Bestellung {number} entfällt: Die Bank hat die Zahlung schon zurückgeholt."}),
    "refund.requires_action":     Notice({BUYER}, {
        "en": "The refund for order {number} was declined: choose another way.", "de": "Die Erstattung für Bestellung {number} wurde abgelehnt: Bitte einen anderen Weg wählen."}),

    "refund.reminder":            Notice({BUYER, SELLER}, {
        "en": "The refund for order {number} still waits for you: choose another way.", "de": "Die Erstattung für Bestellung {number} wartet noch auf Sie: Bitte einen anderen Weg wählen."}, only="waiting_for"),

    "dispute.opened":             Notice({SELLER}, {
        "en": "{who} opened a dispute over order {number}.", "de": "{who} hat einen Fall zu Bestellung {number} eröffnet."}),
    "dispute.accepted":           Notice({BUYER, SELLER}, {
        "en": "{who} accepted the dispute over order {number}.", "de": "{who} hat dem Fall zu Bestellung {number} stattgegeben."}, by_itself={
        "en": "The dispute over order {number} was granted: the seller did not answer.", "de": "Dem Fall zu Bestellung {number} wurde stattgegeben: Der Verkäufer hat nicht geantwortet."}),
    "dispute.refused":            Notice({BUYER}, {
        "en": "{who} refused the dispute over order {number}: it is your turn.", "de": "{who} hat den Fall zu Bestellung {number} abgelehnt: Sie sind am Zug."}),
    "dispute.withdrawn":          Notice({SELLER}, {
        "en": "{who} withdrew the dispute over order {number}.", "de": "{who} hat den Fall zu Bestellung {number} zurückgezogen."}),
    "dispute.escalated":          Notice({BUYER, SELLER}, {
        "en": "{who} asked the marketplace to decide over order {number}.", "de": "{who} hat den Marktplatz um Entscheidung zu Bestellung {number} gebeten."}, by_itself={
        "en": "The marketplace now decides the dispute over order {number}.", "de": "Den Fall zu Bestellung {number} entscheidet nun der Marktplatz."}),
    "dispute.decided":            Notice({BUYER, SELLER}, {
        "en": "{who} decided the dispute over order {number}.", "de": "{who} hat den Fall zu Bestellung {number} entschieden."}),
    "dispute.closed_by_deadline": Notice({BUYER, SELLER}, {
        "en": "The dispute over order {number} ended: a deadline passed.", "de": "Der Fall zu Bestellung {number} ist beendet: Eine Frist ist abgelaufen."}),
    "dispute.decided_with_return": Notice({BUYER, SELLER}, {
        "en": "{who} decided over order {number}: the goods go back first.", "de": "{who} hat zu Bestellung {number} entschieden: zuerst die Rücksendung."}),
    "dispute.evidence_requested": Notice({BUYER, SELLER}, {
        "en": "{who} asks you for evidence over order {number}.", "de": "{who} bittet Sie um Belege zu Bestellung {number}."}, only="party"),
    "dispute.offer_made":         Notice({BUYER, SELLER}, {
        "en": "{who} made an offer over order {number}.", "de": "{who} hat ein Angebot zu Bestellung {number} gemacht."}),
    "dispute.offer_accepted":     Notice({BUYER, SELLER}, {
        "en": "{who} accepted your offer over order {number}.", "de": "{who} hat Ihr Angebot zu Bestellung {number} angenommen."}),
    "dispute.offer_declined":     Notice({BUYER, SELLER}, {
        "en": "{who} declined your offer over order {number}.", "de": "{who} hat Ihr Angebot zu Bestellung {number} abgelehnt."}),
    "dispute.offer_withdrawn":    Notice({BUYER, SELLER}, {
        "en": "{who} took back an offer over order {number}.", "de": "{who} hat ein Angebot zu Bestellung {number} zurückgezogen."}),
    "dispute.extension_asked":    Notice({BUYER, SELLER}, {
        "en": "{who} asks you for more time over order {number}.", "de": "{who} bittet Sie um mehr Zeit zu Bestellung {number}."}),
    "dispute.extension_granted":  Notice({BUYER, SELLER}, {
        "en": "{who} gave you more time over order {number}.", "de": "{who} hat Ihnen mehr Zeit zu Bestellung {number} gegeben."}),
    "dispute.reminder":           Notice({BUYER, SELLER}, {
        "en": "The dispute over order {number} waits for you.", "de": "Der Fall zu Bestellung {number} wartet auf Sie."}, only="waiting_for"),
    "dispute.message_sent":       Notice({BUYER, SELLER}, {
        "en": "{who} wrote about order {number}.", "de": "{who} hat zu Bestellung {number} geschrieben."}),
    "dispute.evidence_added":     Notice({BUYER, SELLER}, {
        "en": "{who} handed in evidence over order {number}.", "de": "{who} hat einen Beleg zu Bestellung {number} eingereicht."}),
    "dispute.settled":            Notice({BUYER, SELLER}, {
        "en": "The dispute over order {number} is settled: your private limits met.", "de": "Der Fall zu Bestellung {number} ist beigelegt: Ihre privaten Grenzen trafen sich."}),
    "dispute.accepted_by_rule":   Notice({BUYER, SELLER}, {
        "en": "The seller's rule granted the money for order {number}: the goods stay.", "de": "Die Regel des Verkäufers gewährt das Geld für Bestellung {number}: Die Ware bleibt."}, by_rule=True),
    "dispute.offered_by_rule":    Notice({BUYER, SELLER}, {
        "en": "The seller's rule offers to let the buyer keep the goods of order {number}.", "de": "Die Regel des Verkäufers bietet an, die Ware von Bestellung {number} zu behalten."}, by_rule=True),
    "appeal.opened":              Notice({BUYER, SELLER}, {
        "en": "{who} appealed against the decision over order {number}.", "de": "{who} hat gegen die Entscheidung zu Bestellung {number} Einspruch erhoben."}),
    "appeal.granted":             Notice({BUYER, SELLER}, {
        "en": "{who} granted the appeal over order {number}.", "de": "{who} hat dem Einspruch zu Bestellung {number} stattgegeben."}),
    "appeal.denied":              Notice({BUYER, SELLER}, {
        "en": "{who} denied the appeal over order {number}.", "de": "{who} hat den Einspruch zu Bestellung {number} abgelehnt."}),
    "appeal.withdrawn":           Notice({BUYER, SELLER}, {
        "en": "{who} took back the appeal over order {number}.", "de": "{who} hat den Einspruch zu Bestellung {number} zurückgezogen."}),
    "appeal.overdue":             Notice({BUYER, SELLER}, {
        "en": "The appeal over order {number} was granted: nobody decided it in time.", "de": "Dem Einspruch zu Bestellung {number} wurde stattgegeben: Niemand hat rechtzeitig entschieden."}),
    "withdrawal.confirmed":       Notice({BUYER, SELLER}, {
        "en": "The withdrawal from order {number} is received: the acknowledgement is here.", "de": "Der Widerruf zu Bestellung {number} ist eingegangen: Hier ist die Bestätigung."}),
    "return.shipped":             Notice({SELLER}, {
        "en": "The return for order {number} is on its way.", "de": "Die Rücksendung zu Bestellung {number} ist unterwegs."}),
    "return.delivered":           Notice({BUYER, SELLER}, {
        "en": "The return for order {number} was brought to the seller.", "de": "Die Rücksendung zu Bestellung {number} ist beim Verkäufer angekommen."}),
    "return.contested":           Notice({BUYER}, {
        "en": "{who} contested the return for order {number}: the marketplace decides.", "de": "{who} beanstandet die Rücksendung zu Bestellung {number}: Der Marktplatz entscheidet."}),
    "return.acknowledged":        Notice({BUYER}, {
        "en": "{who} received the return for order {number}.", "de": "{who} hat die Rücksendung zu Bestellung {number} erhalten."}, by_itself={
        "en": "The return for order {number} counts as received.", "de": "Die Rücksendung zu Bestellung {number} gilt als erhalten."}),
}

TELLS_NOBODY: Final = {
    # event              why
    "order.placed":      "The buyer did it, and the seller hears of it once it is paid.",
    "refund.due":        "Sending follows at once, and how it went is told.",
    "dispute.granted_by_law": "The withdrawal is told, and why it was granted.",
    "appeal.reminder":   "It waits for operators, who are told.",
    "order.cancellation_approved": "The cancellation follows at once, and who canceled is told.",
}

FOR_OPERATORS: Final[dict[str, Mapping[str, str]]] = {
    # event                       what operators read who did not do it themselves; {subject} where there is no order
    "dispute.escalated":          {
        "en": "The dispute over order {number} waits for a decision.", "de": "Der Fall zu Bestellung {number} wartet auf eine Entscheidung."},
    "return.contested":           {
        "en": "{who} contested the return for order {number}: decide.", "de": "{who} beanstandet die Rücksendung zu Bestellung {number}: bitte entscheiden."},
    "dispute.reminder":           {
        "en": "The dispute over order {number} still waits for your decision.", "de": "Der Fall zu Bestellung {number} wartet noch auf Ihre Entscheidung."},
    "appeal.opened":              {
        "en": "{who} appealed over order {number}.", "de": "{who} hat zu Bestellung {number} Einspruch erhoben."},
    "appeal.reminder":            {
        "en": "The appeal over order {number} still waits for your decision.", "de": "Der Einspruch zu Bestellung {number} wartet noch auf Ihre Entscheidung."},
    "refund.reminder":            {
        "en": "The refund for order {number} still waits for you: it is given up otherwise.", "de": "Die Erstattung für Bestellung {number} wartet noch auf Sie: Sonst entfällt sie."},
    "webhook_endpoint.disabled":  {
        "en": "The webhook endpoint {subject} was disabled: it took nothing.", "de": "Der Webhook-Endpunkt {subject} wurde abgeschaltet: Er nahm nichts an."},
}
NEWS: Final = {"en": "There is news about order {number}.", "de": "Es gibt Neues zu Bestellung {number}."}
NEWS_ELSEWHERE: Final = {"en": "There is news: {subject}.", "de": "Es gibt Neues: {subject}."}
"""What is read of something that only a newer version than this one can put into words."""
DISABLED_ENDPOINT: Final = "webhook_endpoint.disabled"
"""No event of an order: written down by whoever disables it."""

UNTOLD: Final[dict[tuple[str, Role], str]] = {
    # event, side                            why that side is not told, when the other is
    ("order.paid", BUYER):                   "They have just paid, and the answer said so.",
    ("order.payment_declined", SELLER):      "They hear of an order once it is paid.",
    ("order.expired", SELLER):               "They hear of an order once it is paid.",
    ("order.cancel_window_closed", BUYER):   "The order showed the hour from the beginning.",
    ("order.cancellation_requested", BUYER): "They asked themselves.",
    ("order.cancellation_rejected", SELLER): "They, or their parcel, said no.",
    ("order.cancellation_withdrawn", BUYER): "They took it back, or were told of the cancellation that made it void.",
    ("order.shipped", SELLER):               "They shipped it.",
    ("refund.scheduled", SELLER):            "They are told of what led to it.",
    ("refund.pending", SELLER):              "The money has left them; how it ends is told.",
    ("refund.retried", SELLER):              "Nothing of theirs changes by it.",
    ("refund.method_changed", SELLER):       "It costs them the same.",
    ("refund.requires_action", SELLER):      "Only the buyer can choose another way.",
    ("dispute.opened", BUYER):               "They opened it.",
    ("dispute.refused", SELLER):             "They refused.",
    ("dispute.withdrawn", BUYER):            "They took it back.",
    ("return.shipped", BUYER):               "They sent it.",
    ("return.contested", SELLER):            "They contested it.",
    ("return.acknowledged", SELLER):         "They acknowledged it, or let the time pass of which they were reminded.",
}

WHO: Final[dict[Role, dict[str, str]]] = {
    BUYER:    {"en": "The buyer", "de": "Der Käufer"},
    SELLER:   {"en": "The seller", "de": "Der Verkäufer"},
    OPERATOR: {"en": "The marketplace", "de": "Der Marktplatz"},
    SYSTEM:   {"en": "The marketplace", "de": "Der Marktplatz"},
    GATEWAY:  {"en": "The payment provider", "de": "Der Zahlungsdienst"},
}
# fmt: on


class MailStatus(Words):
    """Where a mail stands. More values may come."""

    PENDING = "PENDING", "It is sent, or sent again, at its time."
    SENT = "SENT", "A mail server has taken it."
    FAILED = "FAILED", "It was given up, or is no longer wanted."


MAIL_RETRIES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
"""After each failure of a mail; a fifth is its last."""
MAIL_KEPT: Final = timedelta(days=30)
OPERATORS_LATELY: Final = timedelta(days=30)
"""Who has not come as an operator for so long is none, as far as notices go."""


def mail_again_after(attempts: int) -> timedelta | None:
    """How long to wait after so many tries; None: it is given up."""
    return MAIL_RETRIES[attempts - 1] if attempts <= len(MAIL_RETRIES) else None


def sides(event_type: str, by: Role, facts: Mapping[str, object]) -> Iterator[Role]:
    """List who is told: nobody of their own doing (but of what their rule did), nor of what the
    event says is for the other.
    """
    notice = NOTICES.get(event_type)
    if notice is None:
        return
    doer = None if notice.by_rule else by
    for role in (BUYER, SELLER):
        meant = notice.only is None or facts[notice.only] == role
        if role in notice.tells and role is not doer and meant:
            yield role


def tells_operators(event_type: str, facts: Mapping[str, object]) -> bool:
    """Whether operators are told; of what the event says is for one side, only where they are it."""
    if event_type not in FOR_OPERATORS:
        return False
    notice = NOTICES.get(event_type)
    return notice is None or notice.only is None or facts[notice.only] == OPERATOR


def title(event_type: str, by: Role, number: str, language: str) -> str:
    """Say in one line what happened to which order."""
    notice = NOTICES.get(event_type) or Notice(frozenset(), NEWS)
    says = notice.by_itself if by is SYSTEM and notice.by_itself else notice.says
    return say(says, language, {"who": say(WHO[by], language, {}), "number": number})


def operator_title(event_type: str, by: Role, facts: Mapping[str, object], language: str) -> str:
    """Say in one line what an operator has to know; facts are `number` or `subject`."""
    who = say(WHO[by], language, {})
    news = NEWS if facts.get("number") else NEWS_ELSEWHERE
    return say(FOR_OPERATORS.get(event_type, news), language, {"who": who, **facts})
