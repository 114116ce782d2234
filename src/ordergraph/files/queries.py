"""Reading attachments. Every query starts from what the actor may see."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from ordergraph.files.models import Attachment
from ordergraph.infra import dead_letters
from ordergraph.kernel.actor import Actor
from ordergraph.orders import queries as orders

DISCARD = "attachment.discard"
"""The name of the work among dead letters."""


def visible_to(actor: Actor) -> QuerySet[Attachment]:
    """One's own, and those that hang on something; both only on orders that one sees."""
    shown = Q(attached_at__isnull=False)
    if actor.user_id is not None:
        shown |= Q(uploader_id=actor.user_id)
    return Attachment.filter(orders.seen_by(actor, "order__"), shown)


async def attached_to(ids: Collection[UUID]) -> dict[UUID, list[Attachment]]:
    """What hangs on each of these, in its order; who sees those sees it."""
    found: dict[UUID, list[Attachment]] = {id_: [] for id_ in ids}
    rows = Attachment.filter(attached_to_id__in=list(ids), attached_at__isnull=False)
    for row in await rows.order_by("place"):
        assert row.attached_to_id is not None
        found[row.attached_to_id].append(row)
    return found


async def abandoned(now: datetime, limit: int) -> list[Attachment]:
    """What nobody attached in time, the oldest first, without those that rest."""
    resting = dead_letters.resting(DISCARD, now)
    rows = Attachment.filter(attached_at=None, expires_at__lte=now)
    rows = rows.exclude(id__in=Subquery(resting.values("row_id")))
    return await rows.order_by("expires_at").limit(limit)
