"""Events on disk: each order's timeline, and the outbox from which its followers are told.

Both rows are written in the transaction of the change they announce (chaining.py), so neither can be
lost or told of something that did not happen.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from tortoise import connections, fields
from tortoise.transactions import in_transaction

from ordergraph.infra import dead_letters
from ordergraph.infra.fields import identity, text
from ordergraph.infra.model import Model
from ordergraph.infra.reading import fetch
from ordergraph.kernel.event import Event, Plain

log = structlog.get_logger(__name__)


class EventRow(Model):
    """One line of an order's timeline: numbered without gaps, chained by hash, never changed."""

    id: UUID = identity()
    order_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    type: str = text(64)
    actor_role: str = text(16)
    actor_id: UUID | None = fields.UUIDField(null=True)
    request_id: str = text(64)
    occurred_at: datetime = fields.DatetimeField()
    data: dict[str, Plain] = fields.JSONField()
    hash: str = text(64)

    class Meta:
        table = "events"
        unique_together = (("order_id", "position"),)

    @property
    def event(self) -> Event:
        return Event.from_json(self.type, self.data)


class OutboxRow(Model):
    """An event that has not been told yet; deleted when it has."""

    id: int = fields.BigIntField(primary_key=True)
    event_id: UUID = fields.UUIDField()

    class Meta:
        table = "outbox"


async def origin(order_id: UUID, refund_id: UUID | None = None) -> str:
    """The id of the request that led here: the last one about this refund, or else this order."""
    named = refund_id or UUID(int=0)
    return (await origins([(order_id, named)])).get(named, "")


async def origins(refunds: Sequence[tuple[UUID, UUID]]) -> dict[UUID, str]:
    """As `origin`, for many: pairs of an order and a refund; by refund, where there was a request."""
    orders, ids = [order_id for order_id, _ in refunds], [refund_id for _, refund_id in refunds]
    rows = await connections.get("default").execute_query_dict(ORIGINS, [orders, ids])
    return {row["refund_id"]: row["request_id"] for row in rows}


async def requests_of(event_ids: Collection[UUID]) -> dict[UUID, str]:
    """The id of the request that made each of these events."""
    rows = EventRow.filter(id__in=list(event_ids))
    return dict(await rows.values_list("id", "request_id"))


ORIGINS: Final = """
SELECT named.refund_id, found.request_id FROM unnest($1::uuid[], $2::uuid[]) AS named(order_id, refund_id)
CROSS JOIN LATERAL (
    SELECT request_id FROM events
    WHERE order_id = named.order_id AND actor_id IS NOT NULL AND request_id <> ''
    ORDER BY (data->>'refund_id' IS NOT DISTINCT FROM named.refund_id::text) DESC, position DESC
    LIMIT 1) AS found"""


WORK: Final = "outbox"
TROUBLED: Final = dead_letters.IN_TROUBLE.format(work=WORK)
# ARRAY(…) is evaluated once; IN (…) might be again for each row, and take more than the limit.
TAKE: Final = """
DELETE FROM outbox WHERE id = ANY(ARRAY(
    SELECT outbox.id FROM outbox JOIN events ON events.id = event_id
    WHERE events.type = ANY($2) AND event_id {which}
    ORDER BY outbox.id LIMIT $1 FOR UPDATE OF outbox SKIP LOCKED))
RETURNING id, event_id"""
FRESH: Final = TAKE.format(which=f"NOT IN ({TROUBLED})")
RESTED: Final = (
    "SELECT row_id FROM dead_letters WHERE work = $1 AND retry_at <= $2 ORDER BY retry_at"
)
AGAIN: Final = TAKE.format(which="= ANY($3)")
EVENTS: Final = "SELECT {e} FROM events e WHERE e.id = ANY($1)"
ALONE_S: Final = 5.0
"""How long the telling of a single event may take."""

Tell = Callable[[Sequence[EventRow]], Awaitable[None]]


async def deliver(tell: Tell, now: datetime, *, limit: int) -> int:
    """Tell up to `limit` waiting events, oldest first, and forget that they wait.

    What `tell` writes commits with it. Two workers never take the same rows; an event whose
    telling was cut off is told again, so followers must bear repetition. An event of a newer version
    than ours waits for a newer worker. One that cannot be told rests (dead_letters.py), is told by
    itself from then on, and the others without it.
    """
    try:
        told = len(await _tell_some(tell, now, FRESH, [limit, list(Event.known)]))
    except Exception as problem:  # noqa: BLE001  (whatever one event does, the others are told)
        log.info("outbox.one_by_one", problem=type(problem).__name__)
        return await _tell_one_by_one(tell, now, FRESH, [], most=limit)
    rested = await connections.get("default").execute_query_dict(RESTED, [WORK, now])
    ids = [row["row_id"] for row in rested][: limit - told]
    return told + await _tell_one_by_one(tell, now, AGAIN, [ids], most=len(ids))


async def _tell_some(tell: Tell, now: datetime, take: str, given: list[object]) -> list[UUID]:
    async with in_transaction():
        waiting = await connections.get("default").execute_query_dict(take, given)
        if not waiting:
            return []
        ids = [row["event_id"] for row in sorted(waiting, key=lambda row: row["id"])]
        found = {row.id: row for (row,) in await fetch(EVENTS, [ids], e=EventRow)}
        await tell([found[id_] for id_ in ids])
        await dead_letters.recovered(WORK, ids, now)
    return ids


async def _tell_one_by_one(
    tell: Tell, now: datetime, take: str, which: list[object], *, most: int
) -> int:
    """Find the ones that cannot be told, and let them rest; return how many were told.

    After trouble that may pass, and that took its time, the next round goes on. Where none could be
    taken, or not even a note be made, the database is away.
    """
    told = 0
    for _ in range(most):
        taken: list[UUID] = []

        async def watched(events: Sequence[EventRow], taken: list[UUID] = taken) -> None:
            taken += [event.id for event in events]
            await tell(events)

        try:
            async with asyncio.timeout(ALONE_S):
                if not await _tell_some(watched, now, take, [1, list(Event.known), *which]):
                    break
            told += 1
        except Exception as problem:
            if not taken:
                raise
            await dead_letters.lay_aside(WORK, taken[0], problem, now)
            if dead_letters.is_passing(problem):
                break
    return told
