"""What pieces of an order line cost: exact, to the last minor unit. Pure."""

from typing import Protocol


class Pieces(Protocol):
    """What the arithmetic looks at; a row of order_lines has it."""

    quantity: int
    canceled_quantity: int
    returned_quantity: int
    paid_minor: int


def price_of_next(line: Pieces, count: int, step: int) -> int:
    """What `count` of the pieces that are left cost; all pieces together are exactly what was paid.

    `step`: the least part of the currency that can be paid, in minor units (kernel/currencies.py).
    """
    taken = line.canceled_quantity + line.returned_quantity
    return _price_of_first(line, taken + count, step) - _price_of_first(line, taken, step)


def _price_of_first(line: Pieces, count: int, step: int) -> int:
    """Largest remainder over equal pieces: the first ones carry the odd steps, the last one the rest.

    So each piece can be given back by itself, where all of them together can.
    """
    steps, over = divmod(line.paid_minor, step)
    each, odd = divmod(steps, line.quantity)
    return (each * count + min(odd, count)) * step + (over if count == line.quantity else 0)
