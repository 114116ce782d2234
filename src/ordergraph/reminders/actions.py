"""Reminding: one event for each time, made of what waits."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from ordergraph.appeals import process as appeal
from ordergraph.appeals.events import AppealReminder
from ordergraph.appeals.models import Appeal
from ordergraph.cancellations import process as cancellation
from ordergraph.cancellations.events import CancellationReminder
from ordergraph.cancellations.queries import request_of
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, remind_at, reminders_due
from ordergraph.kernel.event import Event
from ordergraph.orders import process as order
from ordergraph.orders.events import ShippingReminder
from ordergraph.orders.models import Order
from ordergraph.refunds import process as refund
from ordergraph.refunds.events import RefundReminder
from ordergraph.refunds.models import Refund
from ordergraph.reminders.models import Reminder


async def remind(tx: Tx, reminder: Reminder) -> None:
    """Tell whom it waits for that the time runs out. The caller has claimed it.

    A late worker tells it once; where the time is over already, what was announced happens, and
    there is nothing left to remind of.
    """
    given = reminders_due(reminder.since, reminder.due_at, tx.now)
    next_at = remind_at(reminder.since, reminder.due_at, given)
    over = reminder.due_at <= tx.now or await _ended(reminder, tx.now)
    if over or next_at is None:
        await reminder.delete()
    else:
        reminder.remind_at = next_at
        await reminder.save(update_fields=["remind_at"])
    if not over:
        tx.emit(await TELLS[reminder.kind](reminder), Role.SYSTEM)


async def _ended(row: Reminder, now: datetime) -> bool:
    """Whether another clock has ended the wait, and no worker has written that down yet: the seller's
    silence an order that waits to be shipped, and the time to ship a request.
    """
    if row.kind not in OF_ORDERS:
        return False
    found = await Order.get(id=row.order_id)
    silent = cancellation.by_the_clock(found, await request_of(found), now)
    return order.as_of(silent, now).status is not order.OrderStatus.PROCESSING


async def _of_shipping(row: Reminder) -> Event:
    waiting_for = order.TIMERS["ship_by_at"].waiting_for
    return ShippingReminder(order_id=row.order_id, waiting_for=waiting_for, due_at=row.due_at)


async def _of_refund(row: Reminder) -> Event:
    """Where the bank has taken the payment back, the buyer has nothing to choose."""
    timers = refund.timers(await Refund.get(id=row.id))
    return RefundReminder(
        order_id=row.order_id,
        refund_id=row.id,
        waiting_for=timers["action_due_at"].waiting_for,
        due_at=row.due_at,
    )


async def _of_request(row: Reminder) -> Event:
    return CancellationReminder(
        order_id=row.order_id,
        cancellation_id=row.id,
        waiting_for=cancellation.TIMERS["response_due_at"].waiting_for,
        due_at=row.due_at,
    )


async def _of_appeal(row: Reminder) -> Event:
    return AppealReminder(
        order_id=row.order_id,
        dispute_id=(await Appeal.get(id=row.id)).dispute_id,
        appeal_id=row.id,
        waiting_for=appeal.TIMERS["decision_due_at"].waiting_for,
        due_at=row.due_at,
    )


OF_ORDERS: Final = frozenset({DeadlineKind.SHIP_BY, DeadlineKind.CANCELLATION_RESPONSE_DUE})
"""What is waited for only as long as the order waits to be shipped."""

TELLS: Final[Mapping[DeadlineKind, Callable[[Reminder], Awaitable[Event]]]] = {
    DeadlineKind.SHIP_BY: _of_shipping,
    DeadlineKind.REFUND_ACTION_DUE: _of_refund,
    DeadlineKind.CANCELLATION_RESPONSE_DUE: _of_request,
    DeadlineKind.APPEAL_DECISION_DUE: _of_appeal,
}
