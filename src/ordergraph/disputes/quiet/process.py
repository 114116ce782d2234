"""Where two private limits meet. Pure."""

from typing import Final

MOST_CHANGES: Final = 5
"""How often one side may set its limit in a dispute: more would let it feel for the other's."""


def meeting(least: int | None, most: int | None) -> int | None:
    """The amount on which both settle: the middle between the buyer's least and the seller's most.

    None when one of them is not said, or they do not overlap. In whole minor units; a half goes to
    the buyer, whoever came last: it is the buyer who gives up a part of their own money, and the
    seller said that they would pay more.
    """
    if least is None or most is None or least > most:
        return None
    return (least + most + 1) // 2
