"""How an amount is spread over an order: exact, and never more than a line has left. Pure."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from ordergraph.kernel.money import allocate
from ordergraph.refunds.actions import LinePart, Parts


class LineFacts(Protocol):
    """What the arithmetic looks at; a row of order_lines has it."""

    id: UUID
    paid_minor: int
    refunded_minor: int


def split(lines: Sequence[LineFacts], amount_minor: int) -> Parts:
    """Give each line its share by what it has left; what is over after all lines is shipping.

    A dispute is about money, not about counted pieces, so the quantities are zero.
    """
    left = [line.paid_minor - line.refunded_minor for line in lines]
    goods = min(amount_minor, sum(left))
    shares = zip(lines, allocate(goods, left), strict=True)
    parts = tuple(LinePart(line.id, 0, share) for line, share in shares if share)
    return Parts(lines=parts, shipping_minor=amount_minor - goods)
