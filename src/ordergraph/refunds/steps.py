"""The way of a refund in at most four steps, for a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ordergraph.kernel.words import Words
from ordergraph.refunds.process import RefundStatus


class RefundStepKind(Words):
    """A step of a refund. More values may come."""

    PROMISED = "PROMISED", "The money is promised."
    SENT = "SENT", "It was handed to the payment provider."
    WITH_BANK = "WITH_BANK", "The provider settles it."
    DONE = "DONE", "The money was given back."


class RefundStepState(Words):
    """How far a step is. More values may come."""

    DONE = "DONE", "Behind us."
    CURRENT = "CURRENT", "What we wait for."
    UPCOMING = "UPCOMING", "Still to come."
    FAILED = "FAILED", "It did not work; see failureReason."


class RefundFacts(Protocol):
    status: RefundStatus
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """`at`: when it was done, or, for the step that is waited for, when it is expected."""

    kind: RefundStepKind
    state: RefundStepState
    at: datetime | None


K, S = RefundStepKind, RefundStatus

# fmt: off
REACHED: Final = {
    # status → how many of the four steps are done
    S.SCHEDULED: 1, S.ON_HOLD: 1, S.PROCESSING: 1, S.REQUIRES_ACTION: 1, S.FAILED: 1, S.CANCELED: 1,
    S.PENDING:   2,
    S.SUCCEEDED: 4,
}
# fmt: on
STUCK: Final = frozenset({S.REQUIRES_ACTION, S.FAILED, S.CANCELED})


def steps(refund: RefundFacts) -> Iterator[Step]:
    """List promised, sent, with the bank, done."""
    moments = {
        K.PROMISED: refund.created_at,
        K.SENT: refund.sent_at or refund.due_at,
        K.WITH_BANK: refund.sent_at,
        K.DONE: refund.settled_at,
    }
    for position, kind in enumerate(K):
        state = _state(refund.status, position)
        told = state is not RefundStepState.UPCOMING or kind is K.SENT
        yield Step(kind, state, moments[kind] if told else None)


def _state(status: RefundStatus, position: int) -> RefundStepState:
    reached = REACHED[status]
    if position < reached:
        return RefundStepState.DONE
    if position > reached:
        return RefundStepState.UPCOMING
    return RefundStepState.FAILED if status in STUCK else RefundStepState.CURRENT
