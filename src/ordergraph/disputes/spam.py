"""How much may be written into a thread before somebody else has to write. Pure."""

from typing import Final, NamedTuple

from ordergraph.disputes.refusals import ThreadFull, TooManyMessages
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal

MOST_IN_A_ROW: Final = 20
MOST_IN_ALL: Final = 2_000


class Written(NamedTuple):
    """How many messages a thread has, and how many of this side since anybody else wrote.

    Lines that events write are not counted.
    """

    in_all: int = 0
    in_a_row: int = 0


def why_too_many(written: Written, role: Role) -> Refusal | None:
    """Say why this side cannot write one message more; staff always can."""
    if role is Role.OPERATOR:
        return None
    if written.in_all >= MOST_IN_ALL:
        return ThreadFull(MOST_IN_ALL)
    if written.in_a_row >= MOST_IN_A_ROW:
        return TooManyMessages(MOST_IN_A_ROW)
    return None
