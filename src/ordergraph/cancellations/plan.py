"""What canceling would give back, exactly: pure arithmetic over lines and quantities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ordergraph.kernel.currencies import step_of
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.orders.prices import Pieces, price_of_next
from ordergraph.refunds.actions import LinePart, Parts
from ordergraph.refunds.sums import GivenFacts, left_over, shipping_back


class LineFacts(Pieces, Protocol):
    """What the arithmetic looks at; a row of order_lines has it."""

    id: UUID
    refunded_minor: int

    @property
    def open_quantity(self) -> int: ...


class OrderFacts(Protocol):
    currency: str
    shipping_minor: int
    shipped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Left:
    """What can still be given back: of the shipping, and of all that was captured.

    `is_unsent`: nothing has left the seller, so nothing can have cost the buyer anything. `step`:
    in multiples of how many minor units its currency is moved.
    """

    shipping_minor: int
    refundable_minor: int
    is_unsent: bool
    step: int


@dataclass(frozen=True, slots=True)
class CancelPlan:
    """The parts of the refund, and whether nothing of the order stays."""

    parts: Parts
    whole: bool


def left(order: OrderFacts, refundable: Money, refunds: Sequence[GivenFacts]) -> Left:
    """What the order's refunds have left over. What has gone back without us is the buyer's already."""
    refundable_minor = left_over(refundable, refunds).minor
    shipping_minor = max(order.shipping_minor - shipping_back(refunds), 0)
    is_unsent, step = order.shipped_at is None, step_of(order.currency)
    return Left(shipping_minor, refundable_minor, is_unsent=is_unsent, step=step)


def plan(
    lines: Sequence[LineFacts], remaining: Left, picked: Mapping[UUID, int] | None
) -> CancelPlan:
    """Plan to cancel the picked quantities, or everything that is left.

    Shipping goes back only with the last piece, and so does, while nothing was sent, whatever else is
    left of what was paid: of an order of which nothing stays, no money stays. What was given back
    before, for whatever cause, is not given again: it is missing from its line, from the shipping,
    or, when it belonged to no line, it is deducted as soon as less is left than the pieces cost.
    Raises InvalidInput for a line that is not there or a quantity that is not open.
    """
    wanted = _wanted(lines, picked)
    whole = all(wanted.get(line.id, 0) == line.open_quantity for line in lines)
    parts = Parts(
        lines=tuple(
            LinePart(line.id, wanted[line.id], _back(line, wanted[line.id], remaining.step))
            for line in lines
            if wanted.get(line.id)
        ),
        shipping_minor=remaining.shipping_minor if whole else 0,
    )
    adjustment = remaining.refundable_minor - parts.minor
    if not (whole and remaining.is_unsent):
        adjustment = min(adjustment, 0)
    return CancelPlan(replace(parts, adjustment_minor=adjustment), whole)


def _wanted(lines: Sequence[LineFacts], picked: Mapping[UUID, int] | None) -> dict[UUID, int]:
    open_now = {line.id: line.open_quantity for line in lines}
    if picked is None:
        return open_now
    if not picked:
        raise InvalidInput(field="lines", problem="name at least one line, or leave lines out")
    for line_id, quantity in picked.items():
        if line_id not in open_now:
            raise InvalidInput(field="lines", problem="not a line of this order")
        if not 0 < quantity <= open_now[line_id]:
            raise InvalidInput(field="lines", problem=f"between 1 and {open_now[line_id]} of it")
    return dict(picked)


def _back(line: LineFacts, count: int, step: int) -> int:
    """What the next `count` pieces cost, as far as the line has not given it back already."""
    return min(price_of_next(line, count, step), line.paid_minor - line.refunded_minor)
