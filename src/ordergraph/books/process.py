"""What can be wrong with the books. Read this file first."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from ordergraph.kernel.words import Words


class DifferenceKind(Words):
    """What disagrees with what. More kinds may come."""

    POSTING_UNBALANCED = "POSTING_UNBALANCED", "A posting does not sum to zero."
    PAYMENT_LEDGER = "PAYMENT_LEDGER", "A payment's column is not what the ledger sums to."
    PAYMENT_REFUNDS = "PAYMENT_REFUNDS", "A payment's column is not what its refunds sum to."
    SETTLED_AMOUNT = "SETTLED_AMOUNT", "The ledger gave back another sum than the refund says."
    SETTLED_TIMES = "SETTLED_TIMES", "A refund was not settled in the ledger once, in its own way."
    PAID_OUT = "PAID_OUT", "The seller was not paid what was left at completion."
    RETURN_COST = (
        "RETURN_COST",
        "A return that was sent was not paid for once, in the sum and by the payer that were agreed on.",
    )
    COMPENSATED = (
        "COMPENSATED",
        "The ledger made good to a seller another sum than its refund says.",
    )
    TIMELINE = "TIMELINE", "The timeline has a gap, or was changed."
    CAPTURE_MISSING = "CAPTURE_MISSING", "We call it captured, and the gateway has no such payment."
    CAPTURE_UNKNOWN = "CAPTURE_UNKNOWN", "The gateway captured what we do not call captured."
    CAPTURE_TWICE = "CAPTURE_TWICE", "The gateway captured a payment more than once."
    CAPTURE_AMOUNT = "CAPTURE_AMOUNT", "The gateway captured another sum."
    REFUND_MISSING = "REFUND_MISSING", "We call it sent, and the gateway has no such refund."
    REFUND_UNKNOWN = "REFUND_UNKNOWN", "The gateway gave back what we do not call sent."
    REFUND_TWICE = "REFUND_TWICE", "The gateway gave a refund back more than once."
    REFUND_AMOUNT = "REFUND_AMOUNT", "The gateway gave back another sum."


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One disagreement, in words and plain numbers: it is stored, printed and shown.

    `order`: its number for people; None for what belongs to no order of ours. `subject` says
    which column, posting, refund or payment of it.
    """

    kind: DifferenceKind
    order: str | None
    order_id: str | None
    subject: str
    expected: str
    found: str

    def __str__(self) -> str:
        whose = f"order {self.order}" if self.order else "no order of ours"
        return (
            f"{whose}: {self.kind}: {self.kind.about} ({self.subject})"
            f" expected {self.expected}, found {self.found}"
        )

    def to_json(self) -> dict[str, str | None]:
        return asdict(self)

    @staticmethod
    def from_json(said: dict[str, str | None]) -> "Difference":
        """Read it back from where `to_json` was stored."""
        facts = {name: said[name] or "" for name in ("subject", "expected", "found")}
        kind = DifferenceKind[said["kind"] or ""]
        return Difference(kind=kind, order=said["order"], order_id=said["order_id"], **facts)


MOST_KEPT: Final = 100
"""How many differences of one reconciliation are stored; all are counted."""
KEPT_FOR: Final = timedelta(days=90)
"""How long the results of reconciliations are stored."""
