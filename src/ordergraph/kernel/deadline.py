"""Deadlines as people see them: what happens by itself, when, and whom it waits for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ordergraph.kernel.actor import Role
from ordergraph.kernel.words import Words


class DeadlineKind(Words):
    """Something that happens by itself unless somebody acts. More kinds may come."""

    PAYMENT_DUE = "PAYMENT_DUE", "The payment must arrive by then."
    CANCEL_WINDOW_CLOSES = "CANCEL_WINDOW_CLOSES", "Until then the buyer may cancel alone."
    SHIP_BY = "SHIP_BY", "The seller must have shipped by then."
    PRESUMED_DELIVERED = "PRESUMED_DELIVERED", "The parcel counts as delivered then."
    PROTECTION_ENDS = "PROTECTION_ENDS", "The buyer may open a dispute until then."
    REFUND_DUE = "REFUND_DUE", "The refund is sent then at the latest."
    HOLD_ENDS = "HOLD_ENDS", "The operator's hold on the refund ends then."
    REFUND_CHECK_DUE = "REFUND_CHECK_DUE", "The payment provider is asked about the refund then."
    REFUND_ACTION_DUE = "REFUND_ACTION_DUE", "Another way to pay must be chosen by then."
    CANCELLATION_RESPONSE_DUE = (
        "CANCELLATION_RESPONSE_DUE",
        "The seller must answer a late request.",
    )
    SELLER_RESPONSE_DUE = "SELLER_RESPONSE_DUE", "The seller must answer the dispute by then."
    BUYER_RESPONSE_DUE = "BUYER_RESPONSE_DUE", "The buyer must answer the dispute by then."
    NEGOTIATION_ENDS = "NEGOTIATION_ENDS", "Without agreement the operator takes over then."
    RETURN_SHIP_BY = "RETURN_SHIP_BY", "The buyer must have sent the goods back by then."
    RETURN_ACKNOWLEDGE_BY = "RETURN_ACKNOWLEDGE_BY", "The seller must acknowledge the return."
    DECISION_DUE = "DECISION_DUE", "The operator must have decided by then."
    APPEAL_DECISION_DUE = (
        "APPEAL_DECISION_DUE",
        "The operator must have decided the appeal by then.",
    )


@dataclass(frozen=True, slots=True)
class Timer:
    """What one deadline column means to people; `says` is the consequence, by language."""

    column: str
    kind: DeadlineKind
    waiting_for: Role
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A timer that is running on one object."""

    timer: Timer
    due_at: datetime


def running(timers: Mapping[str, Timer], columns: Iterable[str], row: object) -> Iterator[Deadline]:
    """List the deadlines that are set on this row, for these columns."""
    for column in columns:
        due_at: datetime | None = getattr(row, column)
        if due_at is not None:
            yield Deadline(timers[column], due_at)


def by_column(*timers: Timer) -> dict[str, Timer]:
    return {timer.column: timer for timer in timers}


REMINDED_AFTER: Final = (0.5, 0.9)
"""Which parts of the time have passed when whoever it waits for is reminded."""


def remind_at(since: datetime, due_at: datetime, given: int) -> datetime | None:
    """When they are reminded next; `given` reminders had their time since it began."""
    if given >= len(REMINDED_AFTER):
        return None
    return since + (due_at - since) * REMINDED_AFTER[given]


def reminders_due(since: datetime, due_at: datetime, now: datetime) -> int:
    """How many reminders have had their time by now."""
    return sum(since + (due_at - since) * part <= now for part in REMINDED_AFTER)
