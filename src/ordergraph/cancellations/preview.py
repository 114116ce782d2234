"""See it before you press it: what canceling would give back, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.cancellations.plan import Left, plan
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import Refusal
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderAction, OrderStatus, why_not


@dataclass(frozen=True, slots=True)
class Preview:
    """`due_at`: when the money would be sent at the latest."""

    amount: Money
    shipping: Money
    whole: bool
    due_at: datetime
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at which order, and when."""

    order: Order
    lines: Sequence[OrderLine]
    left: Left
    role: Role
    now: datetime


def preview(looking: Looking, picked: Mapping[UUID, int] | None) -> Preview:
    """Plan as `cancel` would, with the same rule and the same arithmetic."""
    order = looking.order
    refusal = why_not(OrderAction.CANCEL, order, looking.role, looking.now)
    try:
        planned = plan(looking.lines, looking.left, picked)
    except Refusal as problem:
        planned, refusal = None, refusal or problem
    if planned is not None and not planned.whole:
        refusal = refusal or why_not(OrderAction.CANCEL_LINES, order, looking.role, looking.now)
    pays = planned is not None and order.status is OrderStatus.PROCESSING
    parts = planned.parts if planned is not None and pays else None
    return Preview(
        amount=Money(parts.minor if parts else 0, order.currency),
        shipping=Money(parts.shipping_minor if parts else 0, order.currency),
        whole=planned.whole if planned else False,
        due_at=looking.now + order.policy.span("refund_delay_s"),
        refusal=refusal,
    )
