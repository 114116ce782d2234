"""Why a refund is not done yet: a table, read by Python and by Postgres."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ordergraph.kernel.language import say
from ordergraph.refunds.process import (
    RefundFailureReason,
    RefundPendingReason,
    RefundStatus,
)


class Why(NamedTuple):
    """It stands here, and this column has this value, if one is named: then it waits for that."""

    status: RefundStatus
    column: str
    value: object
    reason: RefundPendingReason

    def holds(self, refund: Any) -> bool:
        if refund.status is not self.status:
            return False
        return not self.column or getattr(refund, self.column) == self.value

    @property
    def sql(self) -> str:
        also = f" AND {{row}}.{self.column} = '{self.value}'" if self.column else ""
        return f"WHEN {{row}}.status = '{self.status}'{also} THEN '{self.reason}'"


_NO_FUNDS: Final = RefundFailureReason.INSUFFICIENT_FUNDS
# fmt: off
PENDING: Final = tuple(Why(*row) for row in (
    # where it stands              and what holds beside      what it waits for
    (RefundStatus.SCHEDULED,       "", None,                  RefundPendingReason.WAITING_PERIOD),
    (RefundStatus.ON_HOLD,         "", None,                  RefundPendingReason.OPERATOR_HOLD),
    (RefundStatus.PROCESSING,      "outcome_unknown", True,   RefundPendingReason.OUTCOME_UNKNOWN),
    (RefundStatus.PROCESSING,      "", None,                  RefundPendingReason.GATEWAY_PROCESSING),
    (RefundStatus.PENDING,         "", None,                  RefundPendingReason.GATEWAY_PROCESSING),
    (RefundStatus.REQUIRES_ACTION, "failure_reason", _NO_FUNDS, RefundPendingReason.INSUFFICIENT_FUNDS),
    (RefundStatus.REQUIRES_ACTION, "", None,                  RefundPendingReason.BUYER_ACTION),
))
"""The first row that holds decides; a refund that is over waits for nothing."""
# fmt: on

SAYS: Final[Mapping[RefundPendingReason, Mapping[str, str]]] = {
    RefundPendingReason.WAITING_PERIOD: {
        "en": "The promised day has not come, and the seller has not released the money sooner.",
        "de": "Der zugesagte Tag ist noch nicht da, und der Verkäufer hat das Geld nicht früher freigegeben.",
    },
    RefundPendingReason.OPERATOR_HOLD: {
        "en": "The marketplace looks into it, and holds the money for a while.",
        "de": "Der Marktplatz prüft die Erstattung und hält das Geld vorerst an.",
    },
    RefundPendingReason.GATEWAY_PROCESSING: {
        "en": "The payment provider is working on it.",
        "de": "Der Zahlungsdienst bearbeitet die Erstattung.",
    },
    RefundPendingReason.INSUFFICIENT_FUNDS: {
        "en": "The seller's balance with the payment provider does not cover it.",
        "de": "Das Guthaben des Verkäufers beim Zahlungsdienst reicht dafür nicht.",
    },
    RefundPendingReason.OUTCOME_UNKNOWN: {
        "en": "The payment provider did not answer: it is asked again before anything is sent.",
        "de": "Der Zahlungsdienst hat nicht geantwortet: Er wird erneut gefragt, bevor etwas gesendet wird.",
    },
    RefundPendingReason.BUYER_ACTION: {
        "en": "The payment provider declined it, and no other way has been chosen yet.",
        "de": "Der Zahlungsdienst hat die Erstattung abgelehnt, und noch ist kein anderer Weg gewählt.",
    },
}
"""Each reason as people read it."""
PENDING_COLUMNS: Final = ("status", *sorted({why.column for why in PENDING if why.column}))
PENDING_SQL: Final = f"CASE {' '.join(why.sql for why in PENDING)} END"
"""The same over `{row}`; null where nothing holds."""


def pending_reason(refund: Any) -> RefundPendingReason | None:
    """Why the money is not there yet, or None when the refund is over."""
    return next((why.reason for why in PENDING if why.holds(refund)), None)


def in_words(reason: RefundPendingReason | None, language: str) -> str | None:
    """The same as a sentence."""
    return None if reason is None else say(SAYS[reason], language, {})
