"""See it before you press it: what canceling would give back, and what stands in the way."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ordergraph.cancellations.plan import Left, plan
from ordergraph.cancellations.process import Ground, asks, by_the_clock, why_not
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import Refusal
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderAction, OrderStatus, as_of
from ordergraph.refunds.actions import Parts

NOTHING = Parts()


@dataclass(frozen=True, slots=True)
class Preview:
    """`due_at`: when the money would be sent at the latest. `asks`: it would only be a request."""

    amount: Money
    shipping: Money
    adjustment: Money
    whole: bool
    asks: bool
    due_at: datetime
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at which order, and when; and what of it is left, once silence has granted a part."""

    order: Order
    ground: Ground
    lines: Sequence[OrderLine]
    left: Left
    role: Role
    now: datetime


def preview(looking: Looking, picked: Mapping[UUID, int] | None) -> Preview:
    """Plan as `cancel` would, with the same rule and the same arithmetic."""
    currency = looking.order.currency
    refusal = _refusal(looking, OrderAction.CANCEL)
    try:
        planned = plan(looking.lines, looking.left, picked)
    except Refusal as problem:
        planned, refusal = None, refusal or problem
    if planned is not None and not planned.whole:
        refusal = refusal or _refusal(looking, OrderAction.CANCEL_LINES)
    order = by_the_clock(looking.order, looking.ground.request, looking.now)
    pays = as_of(order, looking.now).status is OrderStatus.PROCESSING
    parts = planned.parts if planned and pays and planned.parts.minor else NOTHING
    return Preview(
        amount=Money(parts.minor, currency),
        shipping=Money(parts.shipping_minor, currency),
        adjustment=Money(parts.adjustment_minor, currency),
        whole=planned.whole if planned else False,
        asks=asks(looking.ground, looking.role, looking.now),
        due_at=_due_at(looking),
        refusal=refusal,
    )


def as_silence_left(
    lines: Sequence[OrderLine], left: Left, granted: Mapping[UUID, int]
) -> tuple[Sequence[OrderLine], Left]:
    """What is left once these pieces are gone that silence has granted: commands write that down first."""
    if not granted:
        return lines, left
    gone = {line.id: min(granted.get(line.id, 0), line.open_quantity) for line in lines}
    parts = plan(lines, left, {id_: count for id_, count in gone.items() if count}).parts
    back = {part.line_id: part.amount_minor for part in parts.lines}
    return [_without(line, gone[line.id], back.get(line.id, 0)) for line in lines], replace(
        left,
        shipping_minor=left.shipping_minor - parts.shipping_minor,
        refundable_minor=left.refundable_minor - parts.minor,
    )


def _without(line: OrderLine, pieces: int, minor: int) -> OrderLine:
    """A copy, to reckon with and never to be stored."""
    found = copy(line)
    found.canceled_quantity += pieces
    found.refunded_minor += minor
    return found


def _refusal(looking: Looking, action: OrderAction) -> Refusal | None:
    return why_not(action, looking.ground, looking.role, looking.now)


def _due_at(looking: Looking) -> datetime:
    policy = looking.order.policy
    due_at = looking.now + policy.span("refund_delay_s")
    if asks(looking.ground, looking.role, looking.now):
        due_at += policy.span("late_cancellation_response_s")
    return due_at
