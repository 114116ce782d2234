"""Reading a timeline as a proof: each event is a legal move, and all lead to the present state (S4)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from ordergraph.appeals.process import APPEAL
from ordergraph.appeals.process import AppealAction as P
from ordergraph.cancellations.process import CANCELLATION
from ordergraph.cancellations.process import CancellationAction as C
from ordergraph.disputes.process import DISPUTE
from ordergraph.disputes.process import DisputeAction as D
from ordergraph.infra.chaining import BEGINNING, fingerprint
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.process import Process
from ordergraph.orders.process import ORDER
from ordergraph.orders.process import OrderAction as O
from ordergraph.refunds.process import REFUND
from ordergraph.refunds.process import RefundAction as R


class Meaning(NamedTuple):
    """Whose event it is, by which field, and which moves it may stand for; none: it is the birth."""

    process: Process[Any, Any]
    subject: str
    actions: frozenset[StrEnum]


def _order(*actions: O) -> Meaning:
    return Meaning(ORDER, "order_id", frozenset(actions))


def _request(*actions: C) -> Meaning:
    return Meaning(CANCELLATION, "cancellation_id", frozenset(actions))


def _refund(*actions: R) -> Meaning:
    return Meaning(REFUND, "refund_id", frozenset(actions))


def _dispute(*actions: D) -> Meaning:
    return Meaning(DISPUTE, "dispute_id", frozenset(actions))


def _appeal(*actions: P) -> Meaning:
    return Meaning(APPEAL, "appeal_id", frozenset(actions))


# fmt: off
MEANINGS: Final = {
    "order.placed":               _order(),
    "order.paid":                 _order(O.PAYMENT_CAPTURED),
    "order.expired":              _order(O.EXPIRE),
    "order.cancel_window_closed": _order(O.CLOSE_CANCEL_WINDOW),
    "order.canceled":             _order(O.CANCEL, O.SHIP_TIMEOUT),
    "order.lines_canceled":       _order(O.CANCEL_LINES),
    "order.shipped":              _order(O.SHIP),
    "order.delivered":            _order(O.MARK_DELIVERED, O.CONFIRM_RECEIPT, O.DELIVERY_TIMEOUT),
    "order.completed":            _order(O.COMPLETE),
    "order.cancellation_requested": _request(),
    "order.cancellation_approved":  _request(C.APPROVE, C.AUTO_APPROVE),
    "order.cancellation_rejected":  _request(C.REJECT, C.SHIPPED),
    "order.cancellation_withdrawn": _request(C.WITHDRAW, C.OVERTAKEN),
    "refund.scheduled":           _refund(),
    "refund.released":            _refund(R.RELEASE),
    "refund.due":                 _refund(R.DUE),
    "refund.pending":             _refund(R.ACCEPTED),
    "refund.succeeded":           _refund(R.SUCCEEDED),
    "refund.requires_action":     _refund(R.DECLINED),
    "refund.held":                _refund(R.HOLD),
    "refund.resumed":             _refund(R.RESUME, R.HOLD_EXPIRED),
    "refund.canceled":            _refund(R.CANCEL),
    "refund.retried":             _refund(R.RETRY),
    "refund.method_changed":      _refund(R.CHANGE_METHOD, R.FALL_BACK_TO_CREDIT),
    "refund.failed":              _refund(R.FAIL, R.GIVE_UP),
    "dispute.opened":             _dispute(),
    "dispute.accepted":           _dispute(D.ACCEPT, D.ACCEPT_RETURN, D.SELLER_SILENT_RETURN),
    "dispute.granted_by_law":     _dispute(D.GRANT_BY_LAW),
    "dispute.refused":            _dispute(D.REFUSE),
    "dispute.withdrawn":          _dispute(D.WITHDRAW),
    "dispute.escalated":          _dispute(D.ESCALATE, D.SELLER_SILENT_DELIVERED, D.NEGOTIATION_OVER, D.NOTHING_TO_RETURN),
    "dispute.decided":            _dispute(D.DECIDE),
    "dispute.decided_with_return": _dispute(D.DECIDE_WITH_RETURN),
    "dispute.evidence_requested": _dispute(D.REQUEST_EVIDENCE),
    "dispute.offer_made":         _dispute(D.COUNTER_OFFER),
    "dispute.offer_accepted":     _dispute(D.ACCEPT_OFFER, D.ACCEPT_RETURN_OFFER, D.SETTLE, D.SETTLE_WITH_RETURN),
    "dispute.offer_declined":     _dispute(D.DECLINE_OFFER),
    "dispute.offer_withdrawn":    _dispute(D.WITHDRAW_OFFER),
    "dispute.extension_asked":    _dispute(D.ASK_EXTENSION),
    "dispute.extension_granted":  _dispute(D.GRANT_EXTENSION),
    "dispute.closed_by_deadline": _dispute(D.SELLER_SILENT, D.BUYER_SILENT, D.RETURN_NOT_SHIPPED, D.RETURN_NOT_ACKNOWLEDGED, D.REVIEW_OVERDUE),
    "dispute.settled":            _dispute(D.SETTLE_QUIETLY),
    "dispute.accepted_by_rule":   _dispute(D.ACCEPT),
    "dispute.offered_by_rule":    _dispute(D.COUNTER_OFFER),
    "appeal.opened":              _appeal(),
    "appeal.granted":             _appeal(P.GRANT),
    "appeal.denied":              _appeal(P.DENY),
    "appeal.withdrawn":           _appeal(P.WITHDRAW),
    "appeal.overdue":             _appeal(P.OVERDUE),
    "return.shipped":             _dispute(D.SHIP_RETURN),
    "return.delivered":           _dispute(D.MARK_RETURN_DELIVERED),
    "return.contested":           _dispute(D.CONTEST_RETURN),
    "return.acknowledged":        _dispute(D.ACKNOWLEDGE_RETURN),
}
# fmt: on
REMINDERS: Final = frozenset(
    {
        "order.shipping_reminder",
        "order.cancellation_reminder",
        "refund.reminder",
        "dispute.reminder",
        "appeal.reminder",
    }
)  # fmt: skip
NO_MOVES: Final = REMINDERS | {
    "dispute.message_sent", "dispute.evidence_added", "withdrawal.confirmed",
}  # fmt: skip

States = dict[UUID, set[StrEnum]]


def fold(rows: Iterable[EventRow]) -> States:
    """Follow timelines, oldest event first; for each object the states that it can be in now."""
    states: States = {}
    for row in rows:
        if row.type in NO_MOVES:
            continue
        assert row.type in MEANINGS, f"say in tests/proof/timeline.py what {row.type} stands for"
        meaning = MEANINGS[row.type]
        subject = UUID(str(row.data[meaning.subject]))
        before = states.get(subject, set())
        states[subject] = after = _after(meaning, before, row.actor_role)
        assert after, f"{row.type} by {row.actor_role} is no move from {sorted(before)}"
    return states


def _after(meaning: Meaning, before: set[StrEnum], role: str) -> set[StrEnum]:
    if not meaning.actions:
        return set() if before else {meaning.process.start}
    return {
        move.to
        for move in meaning.process.moves
        if move.start in before and move.action in meaning.actions and role in move.by
    }


def assert_unbroken(rows: Iterable[EventRow]) -> None:
    """Each order's events, by order and position: no gap, and each carries the hash of the last."""
    heads: dict[UUID, tuple[int, str]] = {}
    for row in rows:
        position, head = heads.get(row.order_id, (0, BEGINNING))
        assert row.position == position + 1, f"the timeline of {row.order_id} has a gap"
        assert row.hash == fingerprint(row, head), f"the timeline of {row.order_id} was changed"
        heads[row.order_id] = (row.position, row.hash)
