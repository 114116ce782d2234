"""The reasons that a new marketplace starts with, in English and German."""

from typing import NamedTuple

from ordergraph.marketplace import actions
from ordergraph.marketplace.models import Fault, Reason, ReasonContext


class Row(NamedTuple):
    context: ReasonContext
    handle: str
    picked_by: str
    fault: Fault
    en: str
    de: str


CANCELLATION, DISPUTE = ReasonContext
BUYER, SELLER, PLATFORM, NONE = Fault

# fmt: off
REASONS = (
    #   context       handle                   picked by        fault     English                                   German
    Row(CANCELLATION, "ordered-by-mistake",    "BUYER",         BUYER,    "I ordered by mistake",                   "Versehentlich bestellt"),
    Row(CANCELLATION, "no-longer-needed",      "BUYER",         BUYER,    "I no longer need it",                    "Ich brauche es nicht mehr"),
    Row(CANCELLATION, "found-cheaper",         "BUYER",         BUYER,    "I found it cheaper elsewhere",           "Anderswo günstiger gefunden"),
    Row(CANCELLATION, "duplicate-order",       "BUYER",         BUYER,    "I ordered it twice",                     "Doppelt bestellt"),
    Row(CANCELLATION, "wrong-item-or-option",  "BUYER",         BUYER,    "I chose the wrong item or option",       "Falscher Artikel oder falsche Variante gewählt"),
    Row(CANCELLATION, "wrong-address",         "BUYER",         BUYER,    "The delivery address is wrong",          "Die Lieferadresse ist falsch"),
    Row(CANCELLATION, "wont-arrive-in-time",   "BUYER",         NONE,     "It will not arrive in time",             "Es kommt nicht rechtzeitig an"),
    Row(CANCELLATION, "seller-unresponsive",   "BUYER",         SELLER,   "The seller does not answer",             "Der Verkäufer antwortet nicht"),
    Row(CANCELLATION, "seller-asked-me",       "BUYER",         SELLER,   "The seller asked me to cancel",          "Der Verkäufer bat mich darum"),
    Row(CANCELLATION, "other",                 "BUYER SELLER",  NONE,     "Another reason",                         "Ein anderer Grund"),
    Row(CANCELLATION, "out-of-stock",          "SELLER",        SELLER,   "Out of stock",                           "Nicht auf Lager"),
    Row(CANCELLATION, "cannot-ship-to-address", "SELLER",       SELLER,   "Cannot be shipped to the address",       "Lieferung an die Adresse nicht möglich"),
    Row(CANCELLATION, "pricing-error",         "SELLER",        SELLER,   "The price was wrong",                    "Der Preis war falsch"),
    Row(CANCELLATION, "buyer-asked",           "SELLER",        BUYER,    "The buyer asked for it",                 "Der Käufer bat darum"),
    Row(CANCELLATION, "payment-timeout",       "SYSTEM",        BUYER,    "Not paid in time",                       "Nicht rechtzeitig bezahlt"),
    Row(CANCELLATION, "shipping-timeout",      "SYSTEM",        SELLER,   "Not shipped in time",                    "Nicht rechtzeitig verschickt"),
    Row(CANCELLATION, "fraud",                 "SYSTEM",        NONE,     "Suspicion of fraud",                     "Verdacht auf Betrug"),
    Row(CANCELLATION, "policy-violation",      "SYSTEM",        SELLER,   "Against the marketplace's rules",        "Verstoß gegen die Regeln des Marktplatzes"),
    Row(CANCELLATION, "eu-withdrawal",         "SYSTEM",        NONE,     "Withdrawal from the contract (EU)",      "Widerruf des Vertrags (EU)"),
    Row(DISPUTE,      "ordered-by-mistake",    "BUYER",         BUYER,    "I ordered by mistake",                   "Versehentlich bestellt"),
    Row(DISPUTE,      "changed-mind",          "BUYER",         BUYER,    "I changed my mind",                      "Ich habe es mir anders überlegt"),
    Row(DISPUTE,      "not-received",          "BUYER",         SELLER,   "It did not arrive",                      "Nicht angekommen"),
    Row(DISPUTE,      "not-as-described",      "BUYER",         SELLER,   "It is not as described",                 "Nicht wie beschrieben"),
    Row(DISPUTE,      "damaged",               "BUYER",         SELLER,   "It arrived damaged",                     "Beschädigt angekommen"),
    Row(DISPUTE,      "defective",             "BUYER",         SELLER,   "It does not work",                       "Es funktioniert nicht"),
    Row(DISPUTE,      "wrong-item",            "BUYER",         SELLER,   "I got something else",                   "Ich habe etwas anderes bekommen"),
    Row(DISPUTE,      "missing-parts",         "BUYER",         SELLER,   "Something is missing",                   "Es fehlt etwas"),
    Row(DISPUTE,      "empty-package",         "BUYER",         SELLER,   "The parcel was empty",                   "Das Paket war leer"),
    Row(DISPUTE,      "counterfeit",           "BUYER",         SELLER,   "It is a counterfeit",                    "Es ist eine Fälschung"),
    Row(DISPUTE,      "eu-withdrawal",         "SYSTEM",        NONE,     "Withdrawal from the contract (EU)",      "Widerruf des Vertrags (EU)"),
    Row(DISPUTE,      "other",                 "BUYER",         NONE,     "Another reason",                         "Ein anderer Grund"),
)

SUGGESTED: dict[str, dict[str, dict[str, str]]] = {
    # a first message over a dispute's reason, for the buyer and for the seller, to change as they like
    "ordered-by-mistake": {
        "BUYER":  {"en": "Hello, I am sorry: I ordered this by mistake. It is unused and in its original packaging. May I send it back for a refund?",
                   "de": "Guten Tag, es tut mir leid: Ich habe das versehentlich bestellt. Es ist unbenutzt und original verpackt. Darf ich es gegen Erstattung zurückschicken?"},
        "SELLER": {"en": "Hello, thank you for telling us. Please keep the item unused and in its packaging; then we will gladly find a solution.",
                   "de": "Guten Tag, danke für Ihre Nachricht. Bitte lassen Sie den Artikel unbenutzt und verpackt; dann finden wir gern eine Lösung."}},
    "changed-mind": {
        "BUYER":  {"en": "Hello, I have changed my mind about this order. The item is unused. Could we agree on a return?",
                   "de": "Guten Tag, ich habe es mir mit dieser Bestellung anders überlegt. Der Artikel ist unbenutzt. Können wir uns auf eine Rücksendung einigen?"},
        "SELLER": {"en": "Hello, that can happen. Could you tell us what does not suit you? Perhaps an exchange or a part of the price back would help.",
                   "de": "Guten Tag, das kann vorkommen. Was passt denn nicht? Vielleicht hilft ein Umtausch oder ein Teil des Preises zurück."}},
    "not-received": {
        "BUYER":  {"en": "Hello, my parcel has not arrived yet. Could you please ask the carrier where it is?",
                   "de": "Guten Tag, mein Paket ist noch nicht angekommen. Könnten Sie bitte beim Versanddienst nachfragen, wo es ist?"},
        "SELLER": {"en": "Hello, we are sorry for the wait. We are asking the carrier now. Could you please look whether a neighbor or a parcel shop has it?",
                   "de": "Guten Tag, die Verzögerung tut uns leid. Wir fragen gerade beim Versanddienst nach. Könnten Sie bitte schauen, ob es bei Nachbarn oder in einem Paketshop liegt?"}},
    "not-as-described": {
        "BUYER":  {"en": "Hello, the item differs from its description. I will describe what is different and add pictures. How can we solve this?",
                   "de": "Guten Tag, der Artikel weicht von der Beschreibung ab. Ich beschreibe, was anders ist, und füge Bilder bei. Wie können wir das lösen?"},
        "SELLER": {"en": "Hello, we are sorry that it is not what you expected. Could you please tell us which point of the description does not fit, with a picture?",
                   "de": "Guten Tag, es tut uns leid, dass der Artikel nicht Ihren Erwartungen entspricht. Könnten Sie uns bitte schreiben, welcher Punkt der Beschreibung nicht stimmt, am besten mit Bild?"}},
    "damaged": {
        "BUYER":  {"en": "Hello, the item arrived damaged. I have kept the packaging and will add pictures of it and of the damage. What do you suggest?",
                   "de": "Guten Tag, der Artikel ist beschädigt angekommen. Die Verpackung habe ich aufgehoben; Bilder davon und vom Schaden füge ich bei. Was schlagen Sie vor?"},
        "SELLER": {"en": "Hello, we are sorry about the damage. Please keep item and packaging, and send us pictures of both, so that we can settle it with the carrier.",
                   "de": "Guten Tag, der Schaden tut uns leid. Bitte heben Sie Artikel und Verpackung auf und schicken Sie uns Bilder von beidem, damit wir das mit dem Versanddienst klären können."}},
    "defective": {
        "BUYER":  {"en": "Hello, the item does not work as it should. I will describe what happens when I use it. Could you help, or take it back?",
                   "de": "Guten Tag, der Artikel funktioniert nicht, wie er soll. Ich beschreibe, was beim Benutzen passiert. Können Sie helfen oder ihn zurücknehmen?"},
        "SELLER": {"en": "Hello, we are sorry that it does not work. Could you please describe what you tried and what happened? A short video often helps.",
                   "de": "Guten Tag, es tut uns leid, dass der Artikel nicht funktioniert. Könnten Sie bitte beschreiben, was Sie versucht haben und was passiert ist? Oft hilft ein kurzes Video."}},
    "wrong-item": {
        "BUYER":  {"en": "Hello, I received something other than what I ordered. I will add a picture of it and of the label. How shall we go on?",
                   "de": "Guten Tag, ich habe etwas anderes bekommen, als ich bestellt habe. Ein Bild davon und vom Etikett füge ich bei. Wie gehen wir weiter vor?"},
        "SELLER": {"en": "Hello, we are sorry for the mix-up. Could you please send us a picture of the item and of the label? Please keep it as it is until then.",
                   "de": "Guten Tag, die Verwechslung tut uns leid. Könnten Sie uns bitte ein Bild vom Artikel und vom Etikett schicken? Bitte lassen Sie ihn bis dahin, wie er ist."}},
    "missing-parts": {
        "BUYER":  {"en": "Hello, a part of my order is missing. I will write down what is not there. Could you send it, or refund its share?",
                   "de": "Guten Tag, ein Teil meiner Bestellung fehlt. Ich schreibe auf, was nicht dabei war. Könnten Sie es nachschicken oder anteilig erstatten?"},
        "SELLER": {"en": "Hello, we are sorry that something is missing. Could you please tell us exactly what, and whether the parcel had been opened?",
                   "de": "Guten Tag, es tut uns leid, dass etwas fehlt. Könnten Sie uns bitte genau schreiben, was fehlt und ob das Paket geöffnet war?"}},
    "empty-package": {
        "BUYER":  {"en": "Hello, the parcel was empty when I opened it. I have kept it and will add pictures of it and of the label. Could you please look into this?",
                   "de": "Guten Tag, das Paket war beim Öffnen leer. Ich habe es aufgehoben und füge Bilder davon und vom Etikett bei. Könnten Sie dem bitte nachgehen?"},
        "SELLER": {"en": "Hello, we are sorry, that should not happen. Please keep the packaging and send us pictures of all sides, so that we can ask the carrier.",
                   "de": "Guten Tag, das tut uns leid und darf nicht passieren. Bitte heben Sie die Verpackung auf und schicken Sie uns Bilder von allen Seiten, damit wir beim Versanddienst nachfragen können."}},
    "counterfeit": {
        "BUYER":  {"en": "Hello, I have reason to think that the item is not genuine, and will explain why with pictures. Could you please tell me where it comes from?",
                   "de": "Guten Tag, ich habe Grund zur Annahme, dass der Artikel nicht echt ist, und erkläre es mit Bildern. Könnten Sie mir bitte sagen, woher er stammt?"},
        "SELLER": {"en": "Hello, we take this seriously. Could you please tell us what makes you doubt it? We will gladly show you where the item comes from.",
                   "de": "Guten Tag, wir nehmen das ernst. Könnten Sie uns bitte sagen, was Sie zweifeln lässt? Wir zeigen Ihnen gern, woher der Artikel stammt."}},
    "other": {
        "BUYER":  {"en": "Hello, I have a problem with this order and would like to solve it with you. I will describe it here.",
                   "de": "Guten Tag, ich habe ein Problem mit dieser Bestellung und möchte es gern mit Ihnen lösen. Ich beschreibe es hier."},
        "SELLER": {"en": "Hello, thank you for your message. Could you please tell us what happened, and what a good solution would be for you?",
                   "de": "Guten Tag, danke für Ihre Nachricht. Könnten Sie uns bitte schreiben, was passiert ist und welche Lösung für Sie gut wäre?"}},
}
# fmt: on


async def keep_reasons() -> None:
    """Bring the rows up to date with the table above; rows of the marketplace's own stay."""
    await actions.keep_reasons(
        [
            Reason(
                context=row.context,
                handle=row.handle,
                labels={"en": row.en, "de": row.de},
                suggested=SUGGESTED.get(row.handle, {}) if row.context is DISPUTE else {},
                picked_by=row.picked_by.split(),
                fault=row.fault,
                position=position,
            )
            for position, row in enumerate(REASONS)
        ]
    )
