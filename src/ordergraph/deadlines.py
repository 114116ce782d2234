"""Everything that happens by itself, as two tables.

Deadlines are done by sweeping.py; errands, which talk to the payment gateway, are run by errands.py.

A deadline is a column. What has come due is found through a partial index; each row is locked
(skipping what another worker holds) and looked at again before the domain acts. So a late worker
catches up, and two at once are harmless.
"""

from collections.abc import Callable
from typing import Final

from tortoise.queryset import QuerySet

from ordergraph.appeals import actions as appeals
from ordergraph.appeals import queries as appeal_queries
from ordergraph.cancellations import actions as cancellations
from ordergraph.cancellations import queries as cancellation_queries
from ordergraph.checkout import actions as checkout
from ordergraph.disputes import clocks as disputes
from ordergraph.disputes import queries as dispute_queries
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.words import DisputeStatus
from ordergraph.due import Deadline, Errand
from ordergraph.errands import each
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.closing import close_window, close_windows
from ordergraph.orders.models import OpenWindow, Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import actions as payments
from ordergraph.refunds import actions as refunds
from ordergraph.refunds import queries as refund_queries
from ordergraph.refunds.falling_due import hand_over
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from ordergraph.refunds.sending import Cashier
from ordergraph.reminders import actions as reminders
from ordergraph.reminders import queries as reminder_queries
from ordergraph.reminders.models import Reminder


def _orders(**waiting: object) -> Callable[[], QuerySet[Order]]:
    return lambda: Order.filter(**waiting)


def _refunds(**waiting: object) -> Callable[[], QuerySet[Refund]]:
    return lambda: Refund.filter(**waiting)


def _disputes(*statuses: DisputeStatus) -> Callable[[], QuerySet[Dispute]]:
    return lambda: Dispute.filter(status__in=statuses)


_S, _D = OrderStatus, DisputeStatus
_GOING_ON: Final = tuple(status for status in _D if status is not _D.RESOLVED)
_ORDER, _REFUND, _DISPUTE = order_queries.claim, refund_queries.claim, dispute_queries.claim

# fmt: off
DEADLINES: Final = (
    #        name                        who waits                                             column                   hold     then, and for many at once
    Deadline("order.cancel_window",      OpenWindow.all,                                       "closes_at",             _ORDER,  close_window, close_windows),
    Deadline("order.ship_by",            _orders(status=_S.PROCESSING),                        "ship_by_at",            _ORDER,  cancellations.cancel_unshipped),
    Deadline("order.presumed_delivered", _orders(status=_S.SHIPPED, disputed_at=None),         "presumed_delivered_at", _ORDER,  orders.presume_delivered),
    Deadline("order.protection_ends",    _orders(status=_S.DELIVERED, disputed_at=None),       "protection_ends_at",    _ORDER,  payments.complete),
    Deadline("cancellation.response",    cancellation_queries.waiting,                         "response_due_at",       cancellation_queries.claim, cancellations.end_silence),
    Deadline("refund.due",               _refunds(status=RefundStatus.SCHEDULED),              "due_at",                _REFUND, refunds.make_overdue_moves, hand_over),
    Deadline("refund.hold_ends",         _refunds(status=RefundStatus.ON_HOLD),                "hold_until",            _REFUND, refunds.make_overdue_moves),
    Deadline("refund.action_due",        _refunds(status=RefundStatus.REQUIRES_ACTION),        "action_due_at",         _REFUND, refunds.make_overdue_moves),
    Deadline("dispute.seller_response",  _disputes(_D.AWAITING_SELLER),                        "seller_response_due_at",   _DISPUTE, disputes.fall_due),
    Deadline("dispute.buyer_response",   _disputes(_D.AWAITING_BUYER),                         "buyer_response_due_at",    _DISPUTE, disputes.fall_due),
    Deadline("dispute.negotiation",      _disputes(_D.AWAITING_SELLER, _D.AWAITING_BUYER),     "negotiation_ends_at",      _DISPUTE, disputes.fall_due),
    Deadline("dispute.return_ship",      _disputes(_D.AWAITING_RETURN),                        "return_ship_by_at",        _DISPUTE, disputes.fall_due),
    Deadline("dispute.return_acknowledge", _disputes(_D.RETURN_IN_TRANSIT),                    "return_acknowledge_by_at", _DISPUTE, disputes.fall_due),
    Deadline("dispute.decision",         _disputes(_D.UNDER_REVIEW),                           "decision_due_at",          _DISPUTE, disputes.fall_due),
    Deadline("appeal.decision",          appeal_queries.waiting,                               "decision_due_at",          appeal_queries.claim, appeals.fall_due),
    Deadline("dispute.reminder",         _disputes(*_GOING_ON),                                "remind_at",                _DISPUTE, disputes.remind),  # last, as the next: what is over needs none
    Deadline("reminder",                 Reminder.all,                                         "remind_at",                reminder_queries.claim, reminders.remind),
)

ERRANDS: Final = (
    #      name                 who waits                           column             do
    Errand("order.payment_due", _orders(status=_S.PENDING_PAYMENT), "payment_due_at",  each(checkout.settle_unpaid)),
    Errand("order.ended_unpaid", _orders(payment_look_at__isnull=False), "payment_look_at", each(checkout.look_again)),
    Errand("refund.attempt",    refund_queries.to_attempt,          "next_attempt_at", Cashier.send_many),
)
# fmt: on


def named(name: str) -> Deadline:
    return next(deadline for deadline in DEADLINES if deadline.name == name)


def named_errand(name: str) -> Errand:
    return next(errand for errand in ERRANDS if errand.name == name)
