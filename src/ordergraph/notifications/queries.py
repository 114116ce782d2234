"""Reading the feed: everyone reads their own, staff included."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise import connections
from tortoise.queryset import QuerySet

from ordergraph.infra.reading import fetch, rows
from ordergraph.kernel.actor import Actor, Role
from ordergraph.notifications.models import Acquaintance, Notification
from ordergraph.notifications.process import OPERATORS_LATELY

BEYOND: Final = 2**31
"""Before it lies the whole feed."""
VISIBLE: Final = "told.user_id = $1 AND told.side = ANY($2::text[])"
UNREAD: Final = f"{VISIBLE} AND told.read_at IS NULL"
PAGE, UNREAD_PAGE = (
    f"SELECT {{told}} FROM notifications AS told WHERE {which} AND told.position < $3::bigint"  # noqa: S608  (texts of our own)
    " ORDER BY told.position DESC LIMIT $4"
    for which in (VISIBLE, UNREAD)
)

UNREAD_COUNT: Final = f"SELECT count(*) FROM notifications AS told WHERE {UNREAD}"  # noqa: S608  (as above)


def visible_to(actor: Actor) -> QuerySet[Notification]:
    """The actor's own feed, as far as the token grants the side that was told."""
    return Notification.filter(user_id=actor.user_id, side__in=list(actor.roles))


def unread_by(actor: Actor) -> QuerySet[Notification]:
    return visible_to(actor).filter(read_at=None)


async def newest(
    actor: Actor, *, unread_only: bool, before: int | None, limit: int
) -> list[Notification]:
    """A page of the feed, newest first, for which no statement is built: `visible_to` and `unread_by` say
    the same.
    """
    values = (*_of(actor), BEYOND if before is None else before, limit)
    found = await fetch(UNREAD_PAGE if unread_only else PAGE, values, told=Notification)
    return [row for (row,) in found]


async def count_unread(actor: Actor) -> int:
    """As `unread_by(actor).count()`."""
    [(count,)] = await rows(UNREAD_COUNT, *_of(actor))
    return int(count)


def _of(actor: Actor) -> tuple[UUID | None, list[str]]:
    return actor.user_id, [role.value for role in actor.roles]


async def beyond(actor: Actor, position: int, *, limit: int) -> list[Notification]:
    """What came after this place in the feed, oldest first."""
    rows = visible_to(actor).filter(position__gt=position)
    return await rows.order_by("position").limit(limit)


async def heads(user_ids: Collection[UUID]) -> dict[UUID, int]:
    """The place of the newest row in each person's feed; 0 when it is empty."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT person.id, coalesce((SELECT position FROM notifications WHERE user_id = person.id"
        " ORDER BY position DESC LIMIT 1), 0) AS head FROM unnest($1::uuid[]) AS person(id)",
        [list(user_ids)],
    )
    return {row["id"]: row["head"] for row in rows}


async def operators(now: datetime) -> set[UUID]:
    """Those who came as operators of late."""
    rows = Acquaintance.filter(operator_seen_at__gt=now - OPERATORS_LATELY)
    return {row.user_id for row in await rows}


async def reader(notification: Notification, now: datetime) -> Acquaintance | None:
    """Who gets it by mail; None where they want none, or are no operator any more."""
    person = await Acquaintance.get_or_none(user_id=notification.user_id, wants_emails=True)
    if person is None or notification.side is not Role.OPERATOR:
        return person
    seen_at = person.operator_seen_at
    return person if seen_at is not None and seen_at > now - OPERATORS_LATELY else None
