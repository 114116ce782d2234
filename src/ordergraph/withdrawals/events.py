"""What has happened to a withdrawal, as facts."""

from dataclasses import dataclass
from uuid import UUID

from ordergraph.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalConfirmed(Event):
    """Told as the system's, so that both sides hear of it: the buyer of the acknowledgement."""

    type = "withdrawal.confirmed"
    says = {
        "en": "The buyer withdrew from the purchase, as the law lets them.",
        "de": "Der Käufer hat den Kauf nach dem Gesetz widerrufen.",
    }
    withdrawal_id: UUID
    document_id: UUID
