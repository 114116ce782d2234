"""How long a seller usually takes, from their own history: medians over a bounded part of it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from tortoise import connections

LOOKED_AT: Final = 500
"""So many of a seller's newest orders are looked at."""
COUNTED: Final = 25
"""Of what is found there, so many of the newest count."""
FEWEST: Final = 3
"""Fewer say nothing of a habit."""


def _median(took: str, rows: str, newest: str) -> str:
    """One statement for all sellers: each is a walk down the index of their orders that soon ends."""
    return f"""
SELECT s.id, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM found.took)) AS seconds
FROM unnest($1::uuid[]) AS s(id) CROSS JOIN LATERAL (
    SELECT {took} AS took
    FROM (SELECT id FROM orders WHERE seller_id = s.id
          ORDER BY placed_at DESC, id DESC LIMIT {LOOKED_AT}) AS o
    JOIN {rows} ORDER BY {newest} DESC LIMIT {COUNTED}) AS found
GROUP BY s.id HAVING count(*) >= {FEWEST}"""  # noqa: S608  (our own words only)


ANSWERS: Final = _median(
    "x.answered_at - x.opened_at",
    "disputes x ON x.order_id = o.id AND x.answered_at IS NOT NULL",
    "x.opened_at",
)
# What is given freely goes out at once and says nothing of how long a promise waits.
REFUNDS: Final = _median(
    "x.settled_at - x.created_at",
    "refunds x ON x.order_id = o.id AND x.status = 'SUCCEEDED' AND x.borne_by = 'SELLER'"
    " AND x.cause IN ('CANCELLATION', 'DISPUTE', 'RETURN')",
    "x.settled_at",
)


async def to_answer(seller_ids: Collection[UUID]) -> dict[UUID, timedelta]:
    """From the opening of a dispute to the seller's first answer; silence counts to its end."""
    return await _ask(ANSWERS, seller_ids)


async def to_refund(seller_ids: Collection[UUID]) -> dict[UUID, timedelta]:
    """From the promise of a refund until the money was sent."""
    return await _ask(REFUNDS, seller_ids)


async def _ask(sql: str, seller_ids: Collection[UUID]) -> dict[UUID, timedelta]:
    rows = await connections.get("default").execute_query_dict(sql, [list(seller_ids)])
    return {row["id"]: timedelta(seconds=float(row["seconds"])) for row in rows}
