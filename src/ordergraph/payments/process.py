"""Why a payment does not come about."""

from dataclasses import dataclass
from datetime import datetime

from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words


class PaymentDeclineReason(Words):
    """Why the payment provider did not take the money. More values may come."""

    DECLINED = "DECLINED", "The card's bank said no, and does not say why."
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "There is not enough money on the account."
    CARD_EXPIRED = "CARD_EXPIRED", "The card is no longer valid."
    AUTHENTICATION_REQUIRED = (
        "AUTHENTICATION_REQUIRED",
        "The bank wants the buyer to confirm the payment first.",
    )
    INVALID_PAYMENT_METHOD = "INVALID_PAYMENT_METHOD", "The payment token is missing or no good."
    UNSUPPORTED_AMOUNT = "UNSUPPORTED_AMOUNT", "The provider cannot take this amount or currency."
    UNKNOWN = "UNKNOWN", "The provider gave a reason that we do not know."


@dataclass(eq=False)
class PaymentDeclined(Refusal):
    """Told after it was written down: the order has ended, and no money moved."""

    reason: PaymentDeclineReason
    says = {
        "en": "The payment was declined. Please order again with another way to pay.",
        "de": "Die Zahlung wurde abgelehnt. Bitte mit einem anderen Zahlungsmittel neu bestellen.",
    }


@dataclass(eq=False)
class PaymentTooLate(Refusal):
    """The time to pay may be over before the provider answers, so it was not asked for the money."""

    payment_due_at: datetime
    says = {
        "en": "The time to pay ends at {payment_due_at:%H:%M} UTC: no payment was begun. If none was"
        " before, please order again.",
        "de": "Die Zahlungsfrist endet um {payment_due_at:%H:%M} UTC: Es wurde keine Zahlung begonnen."
        " Wenn auch vorher keine, bitte neu bestellen.",
    }
