"""What pieces of an order line cost: exact, to the last minor unit. Pure."""

from typing import Protocol


class Pieces(Protocol):
    """What the arithmetic looks at; a row of order_lines has it."""

    quantity: int
    canceled_quantity: int
    returned_quantity: int
    paid_minor: int


def price_of_next(line: Pieces, count: int) -> int:
    """What `count` of the pieces that are left cost; all pieces together are exactly what was paid."""
    taken = line.canceled_quantity + line.returned_quantity
    return _price_of_first(line, taken + count) - _price_of_first(line, taken)


def _price_of_first(line: Pieces, count: int) -> int:
    """Largest remainder over equal pieces: the first ones carry the odd minor units."""
    each, odd = divmod(line.paid_minor, line.quantity)
    return each * count + min(odd, count)
