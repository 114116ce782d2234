"""How a timeline proves itself: each event carries the hash of the one before it.

A hash is SHA-256 over `["HASH BEFORE","ORDER",POSITION,` and what the event says. The first three
are known where the timeline's end is: Postgres puts them before the rest when it appends, so that
appending takes one statement; `fingerprint` does the same for whoever checks.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from ordergraph.infra.writing import Write, as_json, fresh_id
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event, Plain

BEGINNING: Final = "0" * 64
"""What the first event of a timeline is chained to."""


class Said(Protocol):
    """What an event says."""

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


class Line(Said, Protocol):
    """What a hash is made of, beside the hash before."""

    @property
    def order_id(self) -> UUID: ...
    @property
    def position(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with who did it and when, ready to be written."""

    event: Event
    actor_role: Role
    actor_id: UUID | None
    request_id: str
    occurred_at: datetime

    @property
    def type(self) -> str:
        return self.event.type

    @property
    def data(self) -> Mapping[str, Plain]:
        return self.event.to_json()

    @property
    def by(self) -> tuple[Role, UUID | None, str, datetime]:
        """Who did it, in which request and when."""
        return self.actor_role, self.actor_id, self.request_id, self.occurred_at


def fingerprint(row: Line, before: str) -> str:
    """The hash of this line, after the one with that hash."""
    said = f'["{before}","{row.order_id}",{row.position},{_said(row, row.data)}'
    return hashlib.sha256(said.encode()).hexdigest()


def _said(row: Said, data: Mapping[str, Plain]) -> str:
    """The rest of the JSON list that is hashed, closed by its bracket."""
    rest = [row.type, row.actor_role, str(row.actor_id), row.occurred_at.timestamp(), data]
    return orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()[1:]


# $1 the events as JSON; nth: the how-manieth of its order here; said: what is hashed of it
APPEND: Final = f"""
INSERT INTO events
    (id, order_id, position, type, actor_role, actor_id, request_id, occurred_at, data, hash)
WITH RECURSIVE news AS (
    SELECT * FROM json_to_recordset($1::json)
        AS news (id uuid, order_id uuid, nth int, type text, role text, actor_id uuid,
                 request_id text, at timestamptz, data jsonb, said text)),
chain AS (
    SELECT order_id, 0 AS nth, coalesce(head.position, 0) AS position,
           coalesce(head.hash, '{BEGINNING}') AS hash
    FROM news LEFT JOIN LATERAL (
        SELECT position, hash FROM events WHERE events.order_id = news.order_id
        ORDER BY position DESC LIMIT 1) AS head ON true
    WHERE nth = 1
    UNION ALL
    SELECT order_id, news.nth, chain.position + 1, encode(sha256(convert_to(
               '["' || chain.hash || '","' || order_id || '",' || chain.position + 1 || ',' || said,
               'UTF8')), 'hex')
    FROM chain JOIN news USING (order_id) WHERE news.nth = chain.nth + 1)
SELECT id, order_id, position, type, role, actor_id, request_id, at, data, hash
FROM chain JOIN news USING (order_id, nth)"""  # noqa: S608  (no value from outside)
TO_BE_TOLD: Final = "INSERT INTO outbox (event_id) SELECT * FROM unnest($1::uuid[])"

# $1 ids, $2 orders; $8 and $9 what is hashed, and $10 and $11 its data, before and behind the order's id
APPEND_ALIKE: Final = f"""
INSERT INTO events
    (id, order_id, position, type, actor_role, actor_id, request_id, occurred_at, data, hash)
SELECT id, order_id, position + 1, $3, $4, $5, $6, $7, ($10 || order_id || $11)::jsonb,
       encode(sha256(convert_to('["' || hash || '","' || order_id || '",' || position + 1 || ',' ||
                                $8 || order_id || $9, 'UTF8')), 'hex')
FROM (SELECT news.id, news.order_id, coalesce(head.position, 0) AS position,
             coalesce(head.hash, '{BEGINNING}') AS hash
      FROM unnest($1::uuid[], $2::uuid[]) AS news (id, order_id) LEFT JOIN LATERAL (
          SELECT position, hash FROM events WHERE events.order_id = news.order_id
          ORDER BY position DESC LIMIT 1) AS head ON true) AS ended"""  # noqa: S608  (no value from outside)


def append(happened: Sequence[Happened]) -> list[Write]:
    """To timelines and outbox. The caller holds the lock of each order that is named."""
    if not happened:
        return []
    return _append_alike(happened) if _are_alike(happened) else _append_each(happened)


def _append_each(happened: Sequence[Happened]) -> list[Write]:
    news: list[dict[str, object]] = []
    count: dict[UUID, int] = {}
    for each in happened:
        order_id, data = each.event.order_id, each.data
        count[order_id] = count.get(order_id, 0) + 1
        news.append(
            {
                "id": uuid7(),
                "order_id": order_id,
                "nth": count[order_id],
                "type": each.type,
                "role": each.actor_role,
                "actor_id": each.actor_id,
                "request_id": each.request_id,
                "at": each.occurred_at,
                "data": data,
                "said": _said(each, data),
            }
        )
    return [
        Write("events", APPEND, [as_json(news)]),
        Write("outbox", TO_BE_TOLD, [[row["id"] for row in news]]),
    ]


def _are_alike(happened: Sequence[Happened]) -> bool:
    """Whether the same happened to several orders, once to each, and says nothing but which."""
    if len(happened) == 1:
        return False
    first = happened[0]
    kind, who = type(first.event), first.by
    return (
        len(first.data) == 1
        and all(type(each.event) is kind and each.by == who for each in happened)
        and len({each.event.order_id for each in happened}) == len(happened)
    )


def _append_alike(happened: Sequence[Happened]) -> list[Write]:
    """What they say is written once, and sent once: Postgres puts each order's id into it."""
    one, orders = happened[0], [each.event.order_id for each in happened]
    ids, its_own = [fresh_id() for _ in happened], str(one.event.order_id)
    said, data = _said(one, one.data).split(its_own), orjson.dumps(one.data).decode().split(its_own)
    values = [ids, orders, one.type, *one.by, *said, *data]
    return [Write("events", APPEND_ALIKE, values), Write("outbox", TO_BE_TOLD, [ids])]
