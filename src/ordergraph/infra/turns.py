"""Taking turns where there is no row to lock: one transaction at a time for each person."""

from typing import Final
from uuid import UUID

from tortoise import connections

OPENING: Final = 0x6F70_656E
"""A buyer opens a dispute: how many they have open is counted, and then there is one more."""
ADDRESSING: Final = 0x6164_6472
"""A seller says where goods go back to: versions, too."""
RULING: Final = 0x7275_6C65
"""A seller publishes rules: each version follows from the one before."""

# Two numbers of 32 bits: Postgres keeps these apart from all locks that are one number of 64.
TURN: Final = "SELECT pg_advisory_xact_lock($1::int4, hashtext($2::text))"


async def take_turn(what: int, person: UUID) -> None:
    """Wait until nobody else does this for that person; it is ours until the transaction ends.

    Taken after the lock of the order, if one is held: whoever waits here holds no other order.
    """
    await connections.get("default").execute_query(TURN, [what, str(person)])
