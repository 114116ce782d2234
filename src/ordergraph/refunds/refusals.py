"""Why something cannot be done with a refund."""

from dataclasses import dataclass
from datetime import datetime

from ordergraph.kernel.refusal import Refusal


@dataclass(eq=False)
class HoldTooLong(Refusal):
    """`latest`: the end of the longest hold that the order's policy allows."""

    latest: datetime
    says = {
        "en": "A refund can be held until {latest:%Y-%m-%d at %H:%M} UTC at the latest.",
        "de": "Eine Erstattung lässt sich höchstens bis {latest:%d.%m.%Y um %H:%M} UTC anhalten.",
    }


@dataclass(eq=False)
class PaymentDisputed(Refusal):
    """The buyer's bank took the payment back: another way would pay the buyer twice."""

    says = {
        "en": "The bank has taken the payment back already: nothing is paid a second time.",
        "de": "Die Bank hat die Zahlung schon zurückgeholt: Es wird nicht doppelt gezahlt.",
    }


@dataclass(eq=False)
class AlreadyRefunded(Refusal):
    """Money went back past us, such as by hand at the provider: another way would pay it twice."""

    says = {
        "en": "The payment provider has given the money back already: nothing is paid a second time.",
        "de": "Der Zahlungsdienst hat das Geld schon zurückgegeben: Es wird nicht doppelt gezahlt.",
    }


@dataclass(eq=False)
class OrderDisputed(Refusal):
    """While a dispute is open, it alone decides over the order's money."""

    disputed_at: datetime
    says = {
        "en": "A dispute over this order is open since {disputed_at:%Y-%m-%d}: it decides first.",
        "de": "Zu dieser Bestellung läuft seit {disputed_at:%d.%m.%Y} ein Fall: Er entscheidet zuerst.",
    }
