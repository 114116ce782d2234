"""How an amount is spread over an order: exact, and never more than a line has left. Pure."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from ordergraph.kernel.money import allocate
from ordergraph.refunds.actions import LinePart, Parts


class LineFacts(Protocol):
    """What the arithmetic looks at; a row of order_lines has it."""

    id: UUID
    paid_minor: int
    refunded_minor: int


def split(lines: Sequence[LineFacts], amount_minor: int, *, first: Collection[UUID] = ()) -> Parts:
    """Give the lines `first` their shares, then the others; what is over after all is shipping.

    Each share is by what a line has left. A dispute is about money, not about counted pieces, so
    the quantities are zero.
    """
    named = [line for line in lines if line.id in first]
    others = [line for line in lines if line.id not in first]
    shares = _shares(named, amount_minor)
    shares |= _shares(others, amount_minor - sum(shares.values()))
    parts = tuple(LinePart(line.id, 0, shares[line.id]) for line in lines if shares[line.id])
    return Parts(lines=parts, shipping_minor=amount_minor - sum(shares.values()))


def _shares(lines: Sequence[LineFacts], amount_minor: int) -> dict[UUID, int]:
    """Spread as much of the amount as these lines have left."""
    left = [line.paid_minor - line.refunded_minor for line in lines]
    goods = min(amount_minor, sum(left))
    return {line.id: share for line, share in zip(lines, allocate(goods, left), strict=True)}
