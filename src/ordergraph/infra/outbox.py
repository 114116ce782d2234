"""Events on disk: each order's timeline, and the outbox from which its followers are told.

Both rows are written in the transaction of the change they announce, so neither can be lost or
told of something that did not happen.
"""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import orjson
from tortoise import connections, fields
from tortoise.models import Model
from tortoise.transactions import in_transaction
from uuid_utils.compat import uuid7

from ordergraph.infra import dead_letters
from ordergraph.infra.fields import identity, text
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event, Plain

BEGINNING: Final = "0" * 64
"""What the first event of a timeline is chained to."""


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


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with who did it and when, ready to be written."""

    event: Event
    role: Role
    actor_id: UUID | None
    request_id: str
    at: datetime


async def write(happened: Sequence[Happened]) -> None:
    """Append to timelines and outbox, in two statements for however many. The caller holds the lock
    of each order that is named.
    """
    if not happened:
        return
    by_order = sorted(happened, key=lambda h: h.event.order_id)
    heads = await _heads({h.event.order_id for h in by_order})
    rows: list[Row] = []
    for order_id, group in groupby(by_order, key=lambda h: h.event.order_id):
        rows += _chain(order_id, group, heads.get(order_id, (0, BEGINNING)))
    columns = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    columns["data"] = [orjson.dumps(data).decode() for data in columns["data"]]
    await connections.get("default").execute_query_dict(APPEND, list(columns.values()))


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


class Row(NamedTuple):
    """A line of a timeline, to be written."""

    id: UUID
    order_id: UUID
    position: int
    type: str
    actor_role: str
    actor_id: UUID | None
    request_id: str
    occurred_at: datetime
    data: dict[str, Plain]
    hash: str = ""


COLUMNS: Final = {
    # column → its type in Postgres, in the order in which APPEND takes them
    "id": "uuid", "order_id": "uuid", "position": "int", "type": "text", "actor_role": "text",
    "actor_id": "uuid", "request_id": "text", "occurred_at": "timestamptz", "data": "jsonb",
    "hash": "text",
}  # fmt: skip
HEADS: Final = """
SELECT named.id, head.position, head.hash FROM unnest($1::uuid[]) AS named(id) CROSS JOIN LATERAL (
    SELECT position, hash FROM events WHERE order_id = named.id ORDER BY position DESC LIMIT 1) AS head"""
_GIVEN: Final = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(COLUMNS.values(), 1))
APPEND: Final = f"""
WITH written AS (
    INSERT INTO events ({", ".join(COLUMNS)}) SELECT * FROM unnest({_GIVEN}))
INSERT INTO outbox (event_id) SELECT unnest($1::uuid[])"""  # noqa: S608  (our own words)


async def _heads(order_ids: Collection[UUID]) -> dict[UUID, tuple[int, str]]:
    rows = await connections.get("default").execute_query_dict(HEADS, [list(order_ids)])
    return {row["id"]: (row["position"], row["hash"]) for row in rows}


def _chain(order_id: UUID, group: Iterable[Happened], head: tuple[int, str]) -> Iterator[Row]:
    position, before = head
    for happened in group:
        position += 1
        row = Row(
            id=uuid7(),
            order_id=order_id,
            position=position,
            type=happened.event.type,
            actor_role=happened.role,
            actor_id=happened.actor_id,
            request_id=happened.request_id,
            occurred_at=happened.at,
            data=happened.event.to_json(),
        )
        before = fingerprint(row, before)
        yield row._replace(hash=before)


class Line(Protocol):
    """What a hash is made of."""

    @property
    def order_id(self) -> UUID: ...
    @property
    def position(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def actor_role(self) -> str: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def data(self) -> Mapping[str, Plain]: ...


def fingerprint(row: Line, before: str) -> str:
    """Chain a timeline: SHA-256 over the hash before it and what the row says."""
    said = [
        before, str(row.order_id), row.position, row.type, row.actor_role, str(row.actor_id),
        row.occurred_at.timestamp(), row.data,
    ]  # fmt: skip
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


# ARRAY(…) is evaluated once; IN (…) might be again for each row, and take more than the limit.
WORK: Final = "outbox"
TAKE: Final = """
DELETE FROM outbox WHERE id = ANY(ARRAY(
    SELECT outbox.id FROM outbox JOIN events ON events.id = event_id
    WHERE events.type = ANY($2) AND NOT EXISTS (
        SELECT FROM dead_letters WHERE work = 'outbox' AND row_id = event_id
        AND (retry_at IS NULL OR retry_at > $3))
    ORDER BY outbox.id LIMIT $1 FOR UPDATE OF outbox SKIP LOCKED))
RETURNING id, event_id"""

Tell = Callable[[Sequence[EventRow]], Awaitable[None]]


async def deliver(tell: Tell, now: datetime, *, limit: int) -> int:
    """Tell up to `limit` waiting events, oldest first, and forget that they wait.

    What `tell` writes commits with it. Two workers never take the same rows; an event whose
    telling was cut off is told again, so followers must bear repetition. An event of a newer version
    than ours waits for a newer worker. One that cannot be told rests (dead_letters.py), and the
    others are told without it.
    """
    try:
        return len(await _tell_some(tell, now, limit))
    except Exception as problem:
        if dead_letters.is_passing(problem):
            raise
        return await _tell_one_by_one(tell, now, limit)


async def _tell_some(tell: Tell, now: datetime, limit: int) -> list[UUID]:
    async with in_transaction():
        waiting = await connections.get("default").execute_query_dict(
            TAKE, [limit, list(Event.known), now]
        )
        ids = [row["event_id"] for row in sorted(waiting, key=lambda row: row["id"])]
        found = {row.id: row for row in await EventRow.filter(id__in=ids)}
        await tell([found[id_] for id_ in ids])
        await dead_letters.recovered(WORK, ids)
    return ids


async def _tell_one_by_one(tell: Tell, now: datetime, limit: int) -> int:
    """Find the ones that cannot be told, and let them rest; return how many were told."""
    told = 0
    for _ in range(limit):
        taken: list[UUID] = []

        async def watched(events: Sequence[EventRow], taken: list[UUID] = taken) -> None:
            taken += [event.id for event in events]
            await tell(events)

        try:
            if not await _tell_some(watched, now, 1):
                break
            told += 1
        except Exception as problem:  # noqa: BLE001  (whatever an event does, the others are told)
            for event_id in taken:
                await dead_letters.failed(WORK, event_id, problem, now)
    return told
