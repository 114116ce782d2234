"""Reading threads as a whole: how far each side has read, and how much each has written."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tortoise import connections
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from ordergraph.disputes.models import InternalNote
from ordergraph.disputes.spam import Written
from ordergraph.kernel.actor import Actor, Role

Side = tuple[UUID, Role]
"""A dispute, and one of the sides that write in it."""


class Cursor(NamedTuple):
    """That a side has read up to a line, and since when."""

    role: Role
    position: int
    message_id: UUID
    read_at: datetime


CURSORS = """
SELECT r.dispute_id, CASE r.user_id WHEN o.buyer_id THEN 'BUYER' ELSE 'SELLER' END AS role,
       r.position, m.id AS message_id, r.read_at
FROM (SELECT DISTINCT ON (dispute_id, user_id) * FROM read_marks WHERE dispute_id = ANY($1::uuid[])
      ORDER BY dispute_id, user_id, position DESC) r
JOIN disputes d ON d.id = r.dispute_id
JOIN orders o ON o.id = d.order_id AND r.user_id IN (o.buyer_id, o.seller_id)
JOIN messages m ON m.dispute_id = r.dispute_id AND m.position = r.position
ORDER BY role
"""


async def cursors(dispute_ids: Collection[UUID]) -> dict[UUID, list[Cursor]]:
    """How far buyer and seller of each dispute have read; who has read nothing is left out."""
    found: dict[UUID, list[Cursor]] = {dispute_id: [] for dispute_id in dispute_ids}
    for row in await connections.get("default").execute_query_dict(CURSORS, [list(dispute_ids)]):
        cursor = Cursor(Role[row["role"]], row["position"], row["message_id"], row["read_at"])
        found[row["dispute_id"]].append(cursor)
    return found


WRITTEN = """
SELECT w.dispute_id, w.role, count(m.id) AS in_all,
       count(m.id) FILTER (WHERE m.position > coalesce(other.position, 0)) AS in_a_row
FROM unnest($1::uuid[], $2::text[]) AS w (dispute_id, role)
LEFT JOIN LATERAL (SELECT max(position) AS position FROM messages
                   WHERE dispute_id = w.dispute_id AND kind = 'TEXT' AND author_role <> w.role)
          AS other ON true
LEFT JOIN messages m ON m.dispute_id = w.dispute_id AND m.kind = 'TEXT'
GROUP BY w.dispute_id, w.role
"""


async def written(sides: Collection[Side]) -> dict[Side, Written]:
    """How much each of these sides has written; a side counts, whoever writes for it."""
    disputes, roles = [id_ for id_, _ in sides], [role.value for _, role in sides]
    rows = await connections.get("default").execute_query_dict(WRITTEN, [disputes, roles])
    return {
        (row["dispute_id"], Role[row["role"]]): Written(row["in_all"], row["in_a_row"])
        for row in rows
    }


def notes_visible_to(actor: Actor) -> QuerySet[InternalNote]:
    """Staff who are no party to the order; for everybody else there are none, whatever there is."""
    if actor.office is not Role.OPERATOR:
        return InternalNote.filter(id__isnull=True)
    party = Q(
        dispute__order__buyer_id=actor.user_id,
        dispute__order__seller_id=actor.user_id,
        join_type=Q.OR,
    )
    return InternalNote.filter(~party)
