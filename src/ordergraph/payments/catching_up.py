"""What an order's own clocks should have done by now, done: a late worker changes no answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ordergraph.infra.database import Tx
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderAction, overdue
from ordergraph.payments.actions import complete

AT_ITS_TIME: Final[Mapping[OrderAction | None, Callable[[Tx, Order], Awaitable[None]]]] = {
    OrderAction.DELIVERY_TIMEOUT: orders.presume_delivered,
    OrderAction.COMPLETE: complete,
}
"""As sweeps do. After a ship timeout nothing is left that anybody could do with the order: whoever
tries is refused, and the worker writes it down later.
"""


async def make_overdue_moves(tx: Tx, order: Order) -> None:
    """Presume it delivered, and complete it, if the time for that has come; then judge.

    The caller holds the order's lock.
    """
    while act := AT_ITS_TIME.get(overdue(order, tx.now)):
        await act(tx, order)
