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
# fmt: on


async def keep_reasons() -> None:
    """Bring the rows up to date with the table above; rows of the marketplace's own stay."""
    await actions.keep_reasons(
        [
            Reason(
                context=row.context,
                handle=row.handle,
                labels={"en": row.en, "de": row.de},
                picked_by=row.picked_by.split(),
                fault=row.fault,
                position=position,
            )
            for position, row in enumerate(REASONS)
        ]
    )
