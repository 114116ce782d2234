"""Reading a person's own disputes, newest first: by their index, however many there are of others.

The index has the status before the time, so that the few that wait are not looked for among all that
are over. It is walked once for each side and status, and Postgres merges these walks, which are sorted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ordergraph.disputes.models import Dispute
from ordergraph.disputes.words import DisputeStatus
from ordergraph.infra.raw import raw
from ordergraph.infra.reading import columns_of, rows
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.queries import Where

SIDES: Final = {Role.BUYER: "buyer_id", Role.SELLER: "seller_id"}
"""As what somebody has disputes, and the column that names them so."""
REMEMBERED: Final = 200
"""How many statements are: there is one for each way to ask, and each size of a page. Each has
some 3,000 letters.
"""


@dataclass(frozen=True, slots=True)
class Page:
    """So many of these states, or of all: opened earlier than a place, and later than another."""

    statuses: Collection[DisputeStatus] | None
    earlier_than: Sequence[object] | None
    later_than: Sequence[object] | None
    newest_first: bool
    limit: int


async def of_party(actor: Actor, page: Page) -> list[Dispute]:
    """The disputes in which this person is buyer or seller, as far as the token grants that side.

    What somebody sees for the office is not their own.
    """
    sides = tuple(column for role, column in SIDES.items() if role in actor.roles)
    asked = DisputeStatus if page.statuses is None else page.statuses
    statuses = tuple(status.value for status in DisputeStatus if status in asked)
    if not (sides and statuses):
        return []
    which = Where("{side} = $1 AND status = '{status}'", (actor.user_id,))
    for sign, place in (("<", page.earlier_than), (">", page.later_than)):
        if place is not None:
            which = which.also(f"(opened_at, id) {sign} ({{}}, {{}})", *place)
    way = "DESC" if page.newest_first else "ASC"
    first = f"ORDER BY opened_at {way}, id {way} LIMIT {page.limit:d}"
    found = await rows(_statement(which.condition, sides, statuses, first), *which.arguments)
    row = raw(Dispute).row
    return [row(record.keys(), record) for record in found]


@lru_cache(maxsize=REMEMBERED)
def _statement(
    condition: str, sides: tuple[str, ...], statuses: tuple[str, ...], first: str
) -> str:
    """Each walk ends where the page does. The limit is no value of the statement: its plan hangs on it."""
    columns = ", ".join(columns_of(Dispute))
    walks = " UNION ALL ".join(
        f"(SELECT * FROM disputes WHERE {condition.format(side=side, status=status)} {first})"  # noqa: S608  (texts of our own)
        for side in sides
        for status in statuses
    )
    return f"SELECT {columns} FROM ({walks}) AS own {first}"  # noqa: S608  (as above)
