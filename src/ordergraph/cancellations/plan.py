"""What canceling would give back, exactly: pure arithmetic over lines and quantities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from ordergraph.kernel.refusal import InvalidInput
from ordergraph.refunds.actions import LinePart, Parts


class LineFacts(Protocol):
    """What the arithmetic looks at; a row of order_lines has it."""

    id: UUID
    quantity: int
    canceled_quantity: int
    returned_quantity: int
    paid_minor: int
    refunded_minor: int

    @property
    def open_quantity(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Left:
    """What can still go back of the shipping, and of the whole payment (None: nothing is paid yet).

    A gift of the seller or the marketplace may have taken something of either before.
    """

    shipping_minor: int
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class CancelPlan:
    """The parts of the refund, and whether nothing of the order stays."""

    parts: Parts
    whole: bool


def plan(lines: Sequence[LineFacts], left: Left, picked: Mapping[UUID, int] | None) -> CancelPlan:
    """Plan to cancel the picked quantities, or everything that is left.

    Shipping goes back only with the last piece. What is more than the payment has left is taken off
    again as the adjustment. Raises InvalidInput for a line that is not there
    or a quantity that is not open.
    """
    wanted = _wanted(lines, picked)
    whole = all(wanted.get(line.id, 0) == line.open_quantity for line in lines)
    parts = tuple(
        LinePart(line.id, wanted[line.id], _price_of_next(line, wanted[line.id]))
        for line in lines
        if wanted.get(line.id)
    )
    full = Parts(lines=parts, shipping_minor=left.shipping_minor if whole else 0)
    above = max(0, full.minor - left.minor) if left.minor is not None else 0
    return CancelPlan(replace(full, adjustment_minor=-above), whole)


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
            raise InvalidInput(
                field="lines", problem=f"between 1 and {open_now[line_id]} can be canceled"
            )
    return dict(picked)


def _price_of_next(line: LineFacts, count: int) -> int:
    """The next `count` pieces of the line; all pieces together are exactly what it has left."""
    taken = line.canceled_quantity + line.returned_quantity
    price = _price_of_first(line, taken + count) - _price_of_first(line, taken)
    return min(price, line.paid_minor - line.refunded_minor)


def _price_of_first(line: LineFacts, count: int) -> int:
    """Largest remainder over equal pieces: the first ones carry the odd minor units."""
    each, odd = divmod(line.paid_minor, line.quantity)
    return each * count + min(odd, count)
