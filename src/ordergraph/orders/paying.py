"""What becomes of an order when its money comes, when it does not, and when it may still come."""

from datetime import datetime
from uuid import UUID

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import Role
from ordergraph.orders import queries
from ordergraph.orders.events import OrderExpired, OrderPaid, OrderPaymentDeclined
from ordergraph.orders.models import Order
from ordergraph.orders.process import ORDER, OrderAction, next_look


async def mark_paid(tx: Tx, order: Order) -> None:
    """The money is there: the seller may start, and the buyer's window opens (models.OpenWindow).

    The database notes that the seller is to be reminded, too (reminders/models.py).
    """
    status = ORDER.after(OrderAction.PAYMENT_CAPTURED, order.status, Role.GATEWAY)
    await change(
        order,
        status=status,
        paid_at=tx.now,
        cancelable_until=tx.now + order.policy.span("cancel_window_s"),
        ship_by_at=tx.now + order.policy.span("ship_by_s"),
    )
    tx.emit(OrderPaid(order_id=order.id), Role.GATEWAY)


async def mark_declined(tx: Tx, order: Order) -> None:
    """The money will not come: the order ends, so that nobody waits for it or captures it later."""
    status = ORDER.after(OrderAction.PAYMENT_DECLINED, order.status, Role.GATEWAY)
    await change(order, status=status, expired_at=tx.now)
    tx.emit(OrderPaymentDeclined(order_id=order.id), Role.GATEWAY)


async def expire(tx: Tx, order: Order) -> None:
    """Nobody paid in time; what may still come is looked for later."""
    status = ORDER.after(OrderAction.EXPIRE, order.status, Role.SYSTEM)
    await change(order, status=status, expired_at=tx.now, **_looked_at(order, tx.now))
    tx.emit(OrderExpired(order_id=order.id), Role.SYSTEM)


async def looked_for_payment(tx: Tx, order_id: UUID, *, found: bool) -> None:
    """The gateway was asked whether an order that ended unpaid was paid: look on, or be done."""
    order, _ = await queries.lock(tx, order_id)
    if order.payment_look_at is None:  # another worker looked, too, and it is done
        return
    if found:
        await change(order, payment_look_at=None)
    else:
        await change(order, **_looked_at(order, tx.now))


def _looked_at(order: Order, now: datetime) -> dict[str, datetime | None]:
    """The columns that say when we look the next time, or that we never will."""
    look_at = next_look(order.payment_due_at, now)
    return {"payment_look_at": look_at, "payment_given_up_at": None if look_at else now}
