"""Writing the feed: telling people, and noting what they have read."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.writing import insert_all, together
from ordergraph.kernel.actor import Parties, Role
from ordergraph.kernel.refusal import NotFound
from ordergraph.notifications import queries
from ordergraph.notifications.models import Notification
from ordergraph.notifications.process import sides, tells_operators

Row = dict[str, Any]
"""A notification's columns. Thousands may be told at once, and the ORM's objects take the longest."""
TELLING: Final = 0x6F67_7465  # any number that no other advisory lock uses


@dataclass(frozen=True, slots=True)
class Subject:
    """Which order an event is about, and between whom."""

    number: str
    parties: Parties


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """What operators are told of: once for each id."""

    id: UUID
    type: str
    subject: str


async def tell(
    events: Sequence[EventRow], subjects: Mapping[UUID, Subject], now: datetime
) -> set[UUID]:
    """Write down what each side has to know, and operators; return who was told something new.

    Runs in the outbox's transaction. An event that was told before is not told again.
    """
    operators = await queries.operators(now) if _for_operators(events) else set()
    rows = [row for event in events for row in _rows(event, subjects[event.order_id], operators)]
    return await _write(rows, now)


async def tell_operators(notice: OperatorNotice, now: datetime) -> set[UUID]:
    """Tell those who came lately of what is about no order. Inside the transaction of what happened."""
    rows: list[Row] = [
        {
            "id": uuid7(),
            "user_id": user_id,
            "side": Role.OPERATOR,
            "event_id": notice.id,
            "type": notice.type,
            "actor_role": Role.SYSTEM,
            "subject": notice.subject[:200],
            "created_at": now,
        }
        for user_id in await queries.operators(now)
    ]
    return await _write(rows, now)


async def _write(rows: Sequence[Row], now: datetime) -> set[UUID]:
    """Add what is new. One teller at a time until it commits, so that positions become visible in
    their order.
    """
    if not rows:
        return set()
    await connections.get("default").execute_query("SELECT pg_advisory_xact_lock($1)", [TELLING])
    told = await _told([row["event_id"] for row in rows])
    fresh = [row for row in rows if (row["event_id"], row["user_id"]) not in told]
    await _number(fresh)
    if fresh:
        await together(insert_all(Notification, fresh))
        await _mail([row["id"] for row in fresh], now)
    return {row["user_id"] for row in fresh}


def _for_operators(events: Sequence[EventRow]) -> bool:
    return any(tells_operators(event.type, event.data) for event in events)


def _rows(event: EventRow, subject: Subject, operators: Collection[UUID]) -> Iterator[Row]:
    by, parties = Role[event.actor_role], subject.parties
    people = {Role.BUYER: parties.buyer_id, Role.SELLER: parties.seller_id}
    told = [(people[side], side) for side in sides(event.type, by, event.data)]
    if tells_operators(event.type, event.data):
        others = set(operators) - {*people.values(), event.actor_id}  # a party is always a party
        told += [(user_id, Role.OPERATOR) for user_id in sorted(others)]
    for user_id, side in told:
        yield {
            "id": uuid7(),
            "user_id": user_id,
            "side": side,
            "event_id": event.id,
            "type": event.type,
            "actor_role": by,
            "order_id": event.order_id,
            "order_number": subject.number,
            "created_at": event.occurred_at,
        }


async def _mail(notification_ids: Collection[UUID], now: datetime) -> None:
    """Make a mail of each for whoever has an address and did not say no."""
    await connections.get("default").execute_query(MAIL, [list(notification_ids), now])


MAIL: Final = """
INSERT INTO mails (id, notification_id, status, attempts, created_at, next_attempt_at)
SELECT gen_random_uuid(), n.id, 'PENDING', 0, $2::timestamptz, $2::timestamptz
FROM notifications AS n JOIN acquaintances AS a ON a.user_id = n.user_id
WHERE n.id = ANY($1) AND a.email IS NOT NULL AND a.wants_emails"""


async def _told(event_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    rows = await Notification.filter(event_id__in=list(event_ids)).values_list(
        "event_id", "user_id"
    )
    return {(event_id, user_id) for event_id, user_id in rows}


async def _number(rows: Sequence[Row]) -> None:
    """Go on counting in each person's feed. The caller holds the tellers' lock."""
    heads = await queries.heads({row["user_id"] for row in rows})
    for row in rows:
        heads[row["user_id"]] += 1
        row["position"] = heads[row["user_id"]]


async def mark_read(tx: Tx, up_to: UUID | None) -> None:
    """Note that the actor has read everything up to this one, or everything there is."""
    unread = queries.unread_by(tx.actor)
    if up_to is not None:
        last = await queries.visible_to(tx.actor).get_or_none(id=up_to)
        if last is None:
            raise NotFound(what="notification")
        unread = unread.filter(position__lte=last.position)
    await unread.update(read_at=tx.now)
