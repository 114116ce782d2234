"""What a person may do with an order, judged by its own rules and by those of late requests."""

from collections.abc import Mapping
from datetime import datetime

from ordergraph.cancellations.process import Ground, asks, ends_by_itself_at, why_not
from ordergraph.kernel.actor import Role
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderAction as Command
from ordergraph.orders.process import on_its_way_until
from ordergraph.orders.types import OrderAction, own_actions


def order_actions(order: Order, ground: Ground, role: Role, now: datetime) -> list[OrderAction]:
    """The moves of the order's table that this role may make at one time or another."""
    return own_actions(
        role,
        until=_until(order, ground, role, now),
        why_not=lambda action: why_not(action, ground, role, now),
    )


def _until(
    order: Order, ground: Ground, role: Role, now: datetime
) -> Mapping[Command, datetime | None]:
    """A buyer cancels until the window closes; who may only ask can do so until the order would be
    canceled anyway, unless it is shipped before. Until then the others may cancel, and ship.
    """
    ends_at, there_at = ends_by_itself_at(ground, now), on_its_way_until(order, now)
    cancels_until = ends_at
    if role is Role.BUYER:
        cancels_until = order.ship_by_at if asks(ground, role, now) else order.cancelable_until
    return {
        Command.CANCEL: cancels_until,
        Command.SHIP: ends_at,
        Command.MARK_DELIVERED: there_at,
        Command.CONFIRM_RECEIPT: there_at,
    }


def can_cancel(ground: Ground, role: Role, now: datetime) -> bool:
    return why_not(Command.CANCEL, ground, role, now) is None
