"""How an amount is spread over an order: exact, and never more than a line has left. Pure."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from ordergraph.kernel.money import allocate_in_steps
from ordergraph.refunds.actions import LinePart, Parts


class LineFacts(Protocol):
    """What the arithmetic looks at; a row of order_lines has it."""

    id: UUID
    paid_minor: int
    refunded_minor: int


def split(
    lines: Sequence[LineFacts], amount_minor: int, *, step: int, first: Collection[UUID] = ()
) -> Parts:
    """Give the lines `first` their shares, then the others; what is over after all is shipping.

    Each share is by what a line has left, in multiples of `step`, so that what stays can be given
    back by itself. A dispute is about money, not about counted pieces, so
    the quantities are zero.
    """
    named = [line for line in lines if line.id in first]
    others = [line for line in lines if line.id not in first]
    shares = _shares(named, amount_minor, step)
    shares |= _shares(others, amount_minor - sum(shares.values()), step)
    parts = tuple(LinePart(line.id, 0, shares[line.id]) for line in lines if shares[line.id])
    return Parts(lines=parts, shipping_minor=amount_minor - sum(shares.values()))


def _shares(lines: Sequence[LineFacts], amount_minor: int, step: int) -> dict[UUID, int]:
    """Spread as much of the amount as these lines have left."""
    left = [line.paid_minor - line.refunded_minor for line in lines]
    goods = min(amount_minor, sum(left))
    shares = allocate_in_steps(goods, left, step)
    return {line.id: share for line, share in zip(lines, shares, strict=True)}
