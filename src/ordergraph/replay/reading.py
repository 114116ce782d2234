"""Reading the past for a replay: plain SQL in bounded batches, since it may be of 200,000 orders."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import orjson
from tortoise import connections

from ordergraph.kernel.actor import Role
from ordergraph.kernel.policy import Policy
from ordergraph.replay.process import (
    ENDS,
    Cancel,
    OrderFacts,
    Promise,
    Quarrel,
    Told,
    Wait,
    waits,
)

BATCH: Final = 1_000
FIRST: Final = UUID(int=0)

ORDERS: Final = """
SELECT id, number, currency, policy_numbers, paid_at, shipped_at, promised_at, canceled_at,
       expired_at, CASE WHEN delivered_by <> 'SYSTEM' THEN delivered_at END AS received_at
FROM orders WHERE id > $1 AND placed_at >= $2 ORDER BY id LIMIT $3"""

CANCELS: Final = """
SELECT order_id, requested_at, decided_at, response_due_at FROM cancellations
WHERE order_id = ANY($1) AND requested_by = 'BUYER' ORDER BY requested_at"""

# Of the refunds those that wait for their date: not a fault of the seller's, not freely given.
PROMISES: Final = """
SELECT refund.order_id, refund.created_at, refund.released_at, refund.amount_minor AS minor
FROM refunds AS refund
LEFT JOIN cancellations AS c ON refund.cause = 'CANCELLATION' AND c.id = refund.cause_id
LEFT JOIN reasons AS r ON r.id = c.reason_id
WHERE refund.order_id = ANY($1) AND refund.status NOT IN ('CANCELED', 'FAILED')
  AND refund.cause IN ('CANCELLATION', 'DISPUTE', 'RETURN')
  AND NOT coalesce(r.fault = 'SELLER' AND c.requested_by <> 'BUYER', false)
ORDER BY refund.created_at"""

QUARRELS: Final = """
SELECT d.order_id, d.id, d.opened_at, e.type, e.occurred_at AS at
FROM disputes AS d JOIN events AS e ON e.order_id = d.order_id
WHERE d.order_id = ANY($1) AND e.type = ANY($2) AND e.data->>'dispute_id' = d.id::text
ORDER BY d.order_id, d.id, e.position"""

Row = Mapping[str, Any]
Past = list[tuple[OrderFacts, Policy]]


async def past(since: datetime, now: datetime) -> AsyncIterator[Past]:
    """Every order that was placed since then, with the policy it was placed under, batch by batch."""
    last = FIRST
    while True:
        rows = await _query(ORDERS, last, since, BATCH)
        if rows:
            last = rows[-1]["id"]
            yield await _facts(rows, now)
        if len(rows) < BATCH:
            return


async def _facts(rows: Sequence[Row], now: datetime) -> Past:
    ids = [row["id"] for row in rows]
    cancels = _by_order(await _query(CANCELS, ids))
    promises = _by_order(await _query(PROMISES, ids))
    quarrels = _by_order(await _query(QUARRELS, ids, list(ENDS)))
    return [
        (
            OrderFacts(
                number=row["number"],
                currency=row["currency"],
                paid_at=row["paid_at"],
                until=row["shipped_at"] or row["canceled_at"] or row["expired_at"] or now,
                shipped_at=row["shipped_at"],
                promised_at=row["promised_at"],
                received_at=row["received_at"],
                cancels=[_cancel(c, now) for c in cancels[row["id"]]],
                promises=[
                    Promise(p["created_at"], p["released_at"], p["minor"])
                    for p in promises[row["id"]]
                ],
                quarrels=_quarrels(quarrels[row["id"]], now),
            ),
            Policy.from_json(_numbers(row["policy_numbers"])),
        )
        for row in rows
    ]


def _cancel(row: Row, now: datetime) -> Cancel:
    at = row["requested_at"]
    late = row["response_due_at"] is not None
    return Cancel(at, Wait(Role.SELLER, at, row["decided_at"] or now) if late else None)


def _quarrels(rows: Sequence[Row], now: datetime) -> list[Quarrel]:
    found = []
    for _, group in groupby(rows, key=lambda row: row["id"]):
        told = list(group)
        timeline = [Told(row["type"], row["at"]) for row in told]
        found.append(Quarrel(told[0]["opened_at"], waits(timeline, now)))
    return found


def _by_order(rows: Sequence[Row]) -> Mapping[UUID, list[Row]]:
    found = defaultdict[UUID, list[Row]](list)
    for row in rows:
        found[row["order_id"]].append(row)
    return found


def _numbers(stored: Any) -> dict[str, int | bool]:
    """JSON comes as text where Tortoise does not read it for us."""
    numbers: dict[str, int | bool] = orjson.loads(stored) if isinstance(stored, str) else stored
    return numbers


async def _query(sql: str, *values: object) -> list[Row]:
    rows: list[Row] = await connections.get("default").execute_query_dict(sql, list(values))
    return rows
