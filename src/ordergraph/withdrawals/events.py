"""What has happened to a withdrawal, as facts."""

from dataclasses import dataclass
from uuid import UUID

from ordergraph.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalConfirmed(Event):
    """The law grants at once what the buyer declared: hence it is the system's deed."""

    type = "withdrawal.confirmed"
    says = {
        "en": "The buyer withdrew from the purchase, as the law lets them.",
        "de": "Der Käufer hat den Kauf nach dem Gesetz widerrufen.",
    }
    dispute_id: UUID
    withdrawal_id: UUID
    document_id: UUID
