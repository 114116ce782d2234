"""Everything that happens by itself, as two tables, and how it is found.

Deadlines are done by sweeping.py; errands, which talk to the payment gateway, are run here.

A deadline is a column. What has come due is found through a partial index; each row is locked
(skipping what another worker holds) and looked at again before the domain acts. So a late worker
catches up, and two at once are harmless.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from tortoise.expressions import Subquery
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
from ordergraph.infra import dead_letters
from ordergraph.infra.database import Tx
from ordergraph.kernel.ids import short
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.closing import close_windows
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import RateLimited
from ordergraph.refunds import actions as refunds
from ordergraph.refunds import queries as refund_queries
from ordergraph.refunds.falling_due import hand_over
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from ordergraph.refunds.sending import Cashier, Problems

BATCH: Final = 100
"""How many rows one transaction takes that does them one by one."""
Together = Callable[[Tx, Sequence[UUID]], Awaitable[Sequence[UUID]]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """Who waits for a moment, and in which column it stands."""

    name: str
    waiting: Callable[[], QuerySet[Any]]
    column: str

    async def find(self, now: datetime, limit: int) -> list[UUID]:
        """The rows whose time has come, the longest overdue first, without those that rest."""
        found: list[Any] = await self.due(now, limit).values_list("id", flat=True)
        return found

    def due(self, now: datetime, limit: int) -> QuerySet[Any]:
        """One walk along a partial index: what is not due yet costs nothing, however much it is."""
        resting = dead_letters.resting(self.name, now)
        rows = self.waiting().filter(**{f"{self.column}__lte": now})
        rows = rows.exclude(id__in=Subquery(resting.values("row_id")))
        return rows.order_by(self.column).limit(limit)

    async def soonest(self, after: datetime) -> datetime | None:
        """When the next one falls due, later than `after`."""
        rows = self.waiting().filter(**{f"{self.column}__gt": after})
        row = await rows.order_by(self.column).first()
        moment: datetime | None = getattr(row, self.column) if row else None
        return moment


@dataclass(frozen=True, slots=True)
class Deadline(Due):
    """Done inside a transaction: `hold` locks the row, or skips it; `act` is the domain's move.

    `together` is both, for as many as there are: it returns which it did.
    """

    hold: Callable[[UUID], Awaitable[Any]]
    act: Callable[[Tx, Any], Awaitable[object]]
    together: Together | None = None


@dataclass(frozen=True, slots=True)
class Errand(Due):
    """Talks to the payment gateway, so it opens its own transactions around that.

    `run` says of each row that it began what went wrong with it, if something did.
    """

    run: Callable[[Cashier, Sequence[UUID]], Awaitable[Problems]]


def _orders(**waiting: object) -> Callable[[], QuerySet[Order]]:
    return lambda: Order.filter(**waiting)


def _refunds(**waiting: object) -> Callable[[], QuerySet[Refund]]:
    return lambda: Refund.filter(**waiting)


def _disputes(*statuses: DisputeStatus) -> Callable[[], QuerySet[Dispute]]:
    return lambda: Dispute.filter(status__in=statuses)


def _each(
    run: Callable[[Cashier, UUID], Awaitable[object]],
) -> Callable[[Cashier, Sequence[UUID]], Awaitable[Problems]]:
    """One after the other, a few at a time."""

    async def run_each(cashier: Cashier, row_ids: Sequence[UUID]) -> Problems:
        gate, problems = asyncio.Semaphore(cashier.at_once), Problems()

        async def run_one(row_id: UUID) -> None:
            async with gate:
                if cashier.is_paused:
                    return
                try:
                    await run(cashier, row_id)
                    problems[row_id] = None
                except RateLimited as busy:
                    cashier.pace.pause(busy.retry_after)  # the row is not to blame, and stays due
                except Exception as problem:  # noqa: BLE001  (whatever a row does, the others go on)
                    problems[row_id] = problem

        async with asyncio.TaskGroup() as group:
            for row_id in row_ids:
                group.create_task(run_one(row_id))
        return problems

    return run_each


_S, _D = OrderStatus, DisputeStatus
_GOING_ON: Final = tuple(status for status in _D if status is not _D.RESOLVED)
_ORDER, _REFUND, _DISPUTE = order_queries.claim, refund_queries.claim, dispute_queries.claim

# fmt: off
DEADLINES: Final = (
    #        name                        who waits                                             column                   hold     then, and for many at once
    Deadline("order.cancel_window",      _orders(status=_S.PROCESSING, window_closed_at=None), "cancelable_until",      _ORDER,  orders.close_window, close_windows),
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
    Deadline("dispute.reminder",         _disputes(*_GOING_ON),                                "remind_at",                _DISPUTE, disputes.remind),  # last: what is over needs none
)

ERRANDS: Final = (
    #      name                 who waits                           column             do
    Errand("order.payment_due", _orders(status=_S.PENDING_PAYMENT), "payment_due_at",  _each(checkout.settle_unpaid)),
    Errand("order.canceled_unpaid", _orders(status=_S.CANCELED, paid_at=None, payment_given_up_at=None), "payment_due_at", _each(checkout.look_after_cancel)),
    Errand("refund.attempt",    refund_queries.to_attempt,          "next_attempt_at", Cashier.send_many),
)
# fmt: on


async def run_errands(cashier: Cashier, errand: Errand) -> int:
    """Run what is due for one batch, a few at a time; return how many were found.

    One that fails rests for a while; the others go on. While the gateway wants to be left alone,
    nothing is begun: what is due stays due.
    """
    now = await cashier.edge.clock.now()
    found = await errand.find(now, BATCH)
    problems = await errand.run(cashier, found)
    for row_id, problem in problems.items():
        if problem is not None:
            await _step_aside(errand, row_id, problem, now)
    done = [row_id for row_id, problem in problems.items() if problem is None]
    await dead_letters.recovered(errand.name, done)
    return 0 if cashier.is_paused else len(found)


async def _step_aside(errand: Errand, row_id: UUID, problem: Exception, now: datetime) -> None:
    """Note the failure; where even that fails, the database is away, and the row not to blame."""
    try:
        await dead_letters.failed(errand.name, row_id, problem, now)
    except Exception:
        log.exception("work.not_noted", work=errand.name, row=short(row_id))


def named(name: str) -> Deadline:
    return next(deadline for deadline in DEADLINES if deadline.name == name)


def named_errand(name: str) -> Errand:
    return next(errand for errand in ERRANDS if errand.name == name)
