"""Counting faults, and asking whose count somebody may see."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.accounts.words import TradingSide
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.models import Order
from ordergraph.reputation.process import Tally

COLUMN: Final[Mapping[TradingSide, str]] = {
    TradingSide.SELLER: "seller_id",
    TradingSide.BUYER: "buyer_id",
}

# LATERAL … LIMIT 1 keeps each look an index look-up by order: EXISTS may become a hash of the whole
# table. Reasons are a few rows, read once.
TALLY: Final = """
WITH faults AS MATERIALIZED (SELECT array_agg(id) AS ids FROM reasons WHERE fault = $3)
SELECT o.{side} AS user_id, count(*) AS orders, count(canceled.yes) AS cancellations,
       count(disputed.yes) AS disputes
FROM orders o
LEFT JOIN LATERAL (
    SELECT 1 AS yes FROM cancellations c
    WHERE c.order_id = o.id AND c.status = 'APPROVED'
      AND c.reason_id = ANY((SELECT ids FROM faults)::uuid[]) LIMIT 1) canceled ON true
LEFT JOIN LATERAL (
    SELECT 1 AS yes FROM disputes d
    WHERE d.order_id = o.id AND d.outcome IN ('REFUNDED_FULL', 'REFUNDED_PARTIAL')
      AND d.reason_id = ANY((SELECT ids FROM faults)::uuid[]) LIMIT 1) disputed ON true
WHERE o.{side} = ANY($1::uuid[]) AND o.placed_at >= $2 AND o.paid_at IS NOT NULL
GROUP BY o.{side}
"""


def statement(side: TradingSide) -> str:
    """The one statement for any number of people of that side."""
    return TALLY.format(side=COLUMN[side])


async def tallies(
    side: TradingSide, user_ids: Collection[UUID], since: datetime
) -> dict[UUID, Tally]:
    """What each of these people did since then; who has no such order is not in it."""
    rows = await connections.get("default").execute_query_dict(
        statement(side), [list(user_ids), since, side.value]
    )
    return {
        row["user_id"]: Tally(row["orders"], row["cancellations"], row["disputes"]) for row in rows
    }


async def shown_to(actor: Actor, side: TradingSide, user_ids: Collection[UUID]) -> list[UUID]:
    """Of these people, whom somebody sees anyway, those whose count on that side they may see.

    Sellers' is for everyone; buyers' for sellers who have an order of theirs, for the office, and
    everyone's own for themselves.
    """
    if side is TradingSide.SELLER or actor.office:
        return list(user_ids)
    bought: set[UUID] = {actor.user_id} if actor.user_id else set()
    if Role.SELLER in actor.roles:
        rows = Order.filter(seller_id=actor.user_id, buyer_id__in=list(user_ids))
        found = await rows.distinct().values_list("buyer_id", flat=True)
        bought |= {UUID(str(id_)) for id_ in found}
    return [id_ for id_ in user_ids if id_ in bought]
