"""Where disputes are found: by id, in the operators' list and one's own, and live."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from functools import partial
from typing import Final
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import peek
from ordergraph.api.live import MARK
from ordergraph.api.pages import PAGE, Connection, Edge, Key, Slice, page, paged
from ordergraph.disputes import models, party_queries, queries
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.live import LIVE
from ordergraph.disputes.types import THREAD, Message
from ordergraph.disputes.words import DisputeStatus
from ordergraph.infra.patience import patiently

NEWEST: Final = Key(("opened_at", "id"), newest_first=True)
REPLAY: Final = 50
"""How many messages of a replay are read at once."""


@strawberry.type
class DisputeQuery:
    @strawberry.field(description="One dispute; null when there is none, or none of yours.")
    async def dispute(self, info: Info, id: relay.GlobalID) -> Dispute | None:  # noqa: A002  (GraphQL's word)
        info.context.require_user()
        dispute_id = peek(id, "Dispute")
        return await info.context.load.screens.dispute(info, dispute_id) if dispute_id else None

    @strawberry.field(description="All disputes, newest first. For operators.")
    async def disputes(
        self,
        info: Info,
        first: int = PAGE,
        after: str | None = None,
        status: list[DisputeStatus] | None = None,
    ) -> Connection[Dispute]:
        info.context.require_operator()
        rows = queries.visible_to(info.context.actor)
        if status is not None:
            rows = rows.filter(status__in=status)
        return await page(rows, NEWEST, Slice(first, after), Dispute.of)


@strawberry.type
class OwnDisputesViewer:
    @strawberry.field(
        description="The disputes over what you bought or sold, newest first: the first ones after a"
        " cursor (20 unless told), or the last ones before one. With a status, those that stand there"
        " now: AWAITING_SELLER is what a seller has to answer."
    )
    async def disputes(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        status: list[DisputeStatus] | None = None,
    ) -> Connection[Dispute]:
        info.context.require_user()
        wanted = Slice.either_way(first, after, last, before)
        asked = party_queries.Page(
            statuses=status,
            earlier_than=NEWEST.place(after) if after is not None else None,
            later_than=NEWEST.place(before) if before is not None else None,
            newest_first=wanted.forward,
            limit=wanted.size + 1,
        )
        found = await party_queries.of_party(info.context.actor, asked)
        return paged(found, NEWEST, wanted, Dispute.of)


@strawberry.type
class DisputeSubscription:
    @strawberry.subscription(
        description="The dispute as it stands, and again each time it or its thread changes."
        " NOT_FOUND when there is none, or none of yours.",
        metadata={MARK: LIVE},
    )
    def dispute_updated(
        self, info: Info, dispute_id: relay.GlobalID
    ) -> AsyncGenerator[Dispute, None]:
        return LIVE.states(info, dispute_id)

    @strawberry.subscription(
        description="Every message after the cursor, in order, and then each new one; without a"
        " cursor from the beginning. Pass the last edge's cursor to go on where you were."
        " NOT_FOUND when there is no such dispute, or none of yours."
    )
    async def message_added(
        self, info: Info, dispute_id: relay.GlobalID, after: str | None = None
    ) -> AsyncGenerator[Edge[Message], None]:
        info.context.require_user()
        wanted = await _followed(info, peek(dispute_id, "Dispute"))
        position = 0
        if after is not None:
            position = THREAD.reached(after, await patiently(partial(queries.thread_head, wanted)))
        async with info.context.desk.hub.listen(f"dispute:{wanted}") as nudged:
            while True:
                look = partial(info.context.desk.glances.at, _after, (wanted, position))
                rows = await patiently(look) or []
                for row in rows:
                    position = row.position
                    await _followed(info, wanted)
                    yield Edge(cursor=THREAD.cursor(row), node=Message.of(row))
                if len(rows) < REPLAY:
                    await nudged()


async def _followed(info: Info, dispute_id: UUID | None) -> UUID:
    """Asked before the first message and before each one: what can be seen may change."""
    dispute: models.Dispute = (await LIVE.seen(info.context, dispute_id)).row
    return dispute.id


async def _after(
    places: Collection[tuple[UUID, int]],
) -> dict[tuple[UUID, int], list[models.Message]]:
    """What comes next at each of these places: dispute, and position in its thread."""
    parts = (queries.thread_after(id_, position, REPLAY) for id_, position in places)
    return dict(zip(places, await asyncio.gather(*parts), strict=True))
