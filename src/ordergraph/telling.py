"""Telling what happened: the outbox becomes feeds, nudges, and messages for other systems."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from ordergraph.infra import outbox
from ordergraph.infra.hub import Hub
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import SYSTEM, Parties
from ordergraph.kernel.clock import Clock
from ordergraph.notifications import actions as notifications
from ordergraph.notifications.actions import Subject
from ordergraph.orders import queries as orders
from ordergraph.outgoing import actions as outgoing
from ordergraph.reactions import Nudge, follow_ups


async def deliver(hub: Hub, clock: Clock, *, limit: int) -> int:
    """Tell up to `limit` waiting events, and nudge those who listen once that is committed.

    A nudge that came before the commit would make them look too early.
    """
    topics: set[str] = set()
    now = await clock.now()

    async def told(events: Sequence[EventRow]) -> None:
        topics.update(await tell(events, now))

    count = await outbox.deliver(told, now, limit=limit)
    hub.publish(topics)
    return count


async def tell(events: Sequence[EventRow], now: datetime) -> set[str]:
    """Write everyone's feed and what is to be sent out, and return the topics to nudge.

    Runs in the outbox's transaction.
    """
    await outgoing.address(events, now)
    people = await notifications.tell(events, await _subjects({e.order_id for e in events}), now)
    return {f"user:{user_id}" for user_id in people} | {
        follow_up.topic
        for event in events
        for follow_up in follow_ups(event.event)
        if isinstance(follow_up, Nudge)
    }


async def _subjects(order_ids: Collection[UUID]) -> dict[UUID, Subject]:
    rows = orders.visible_to(SYSTEM).filter(id__in=list(order_ids))
    found = await rows.values_list("id", "number", "buyer_id", "seller_id")
    return {id_: Subject(number, Parties(buyer, seller)) for id_, number, buyer, seller in found}
