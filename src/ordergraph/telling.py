"""Telling what happened: the outbox becomes feeds, nudges, and messages for other systems."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ordergraph.infra import outbox
from ordergraph.infra.hub import Hub
from ordergraph.infra.marks import Marks
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.clock import Clock
from ordergraph.notifications import actions as notifications
from ordergraph.notifications.actions import Subject
from ordergraph.orders import queries as orders
from ordergraph.outgoing import actions as outgoing
from ordergraph.reactions import Nudge, follow_ups


@dataclass(slots=True)
class Told:
    """Whom a batch concerns, and the topics to nudge."""

    people: set[UUID] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)

    def add(self, other: "Told") -> None:
        self.people |= other.people
        self.topics |= other.topics


async def deliver(hub: Hub, clock: Clock, *, limit: int, marks: Marks | None = None) -> int:
    """Tell up to `limit` waiting events, and nudge those who listen once that is committed.

    A nudge that came before the commit would make them look too early; one that came before the mark,
    where a replica shows what was before.
    """
    told = Told()
    now = await clock.now()

    async def note(events: Sequence[EventRow]) -> None:
        told.add(await tell(events, now))

    count = await outbox.deliver(note, now, limit=limit)
    if marks is not None:
        await marks.set(told.people)
    hub.publish(told.topics)
    return count


async def tell(events: Sequence[EventRow], now: datetime) -> Told:
    """Write everyone's feed and what is to be sent out; return whom to tell of it.

    Runs in the outbox's transaction.
    """
    await outgoing.address(events, now)
    subjects = await _subjects({event.order_id for event in events})
    people = await notifications.tell(events, subjects, now)
    topics = {f"user:{user_id}" for user_id in people} | {
        follow_up.topic
        for event in events
        for follow_up in follow_ups(event.event)
        if isinstance(follow_up, Nudge)
    }
    return Told(people.union(*(subject.parties for subject in subjects.values())), topics)


async def _subjects(order_ids: Collection[UUID]) -> dict[UUID, Subject]:
    found = await orders.visible(SYSTEM, order_ids)
    return {order.id: Subject(order.number, order.parties) for order in found}
