"""Where two private limits meet. Pure."""

from typing import Final

MOST_CHANGES: Final = 5
"""How often one side may set its limit in a dispute: more would let it feel for the other's."""


def meeting(least: int | None, most: int | None, step: int) -> int | None:
    """The amount on which both settle: the middle between the buyer's least and the seller's most.

    None when one of them is not said, or they do not overlap. In multiples of `step` minor units, if
    there is one between them, so that it can be paid; what is less than a step goes to the buyer, whoever came last: it is the buyer who gives up a part of their own money, and the
    seller said that they would pay more.
    """
    if least is None or most is None or least > most:
        return None
    in_steps = min(_middle(least, most, step), most // step * step)
    return in_steps if least <= in_steps else _middle(least, most, 1)


def _middle(least: int, most: int, step: int) -> int:
    """Rounded up to a multiple of the step."""
    return -(-(least + most) // (2 * step)) * step
