"""Where disputes are found: by id, in the operators' list, and live."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Final
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.faults import Missing
from ordergraph.api.ids import peek
from ordergraph.api.pages import PAGE, Connection, Edge, Key, Slice, page
from ordergraph.disputes import models, queries
from ordergraph.disputes.graphql import Dispute
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
        return await info.context.load.visible_dispute.load(dispute_id) if dispute_id else None

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
class DisputeSubscription:
    @strawberry.subscription(
        description="The dispute as it stands, and again each time it or its thread changes."
        " NOT_FOUND when there is none, or none of yours."
    )
    async def dispute_updated(
        self, info: Info, dispute_id: relay.GlobalID
    ) -> AsyncGenerator[Dispute, None]:
        info.context.require_user()
        wanted, told = peek(dispute_id, "Dispute"), None
        async with info.context.desk.hub.listen(f"dispute:{wanted}") as nudged:
            while True:
                row = await patiently(partial(_seen, info, wanted))
                if row.version != told:  # every message counts it up, too
                    told = row.version
                    yield Dispute.of(row)
                await nudged()

    @strawberry.subscription(
        description="Every message after the cursor, in order, and then each new one; without a"
        " cursor from the beginning. Pass the last edge's cursor to go on where you were."
        " NOT_FOUND when there is no such dispute, or none of yours."
    )
    async def message_added(
        self, info: Info, dispute_id: relay.GlobalID, after: str | None = None
    ) -> AsyncGenerator[Edge[Message], None]:
        info.context.require_user()
        wanted = await patiently(partial(_followed, info, peek(dispute_id, "Dispute")))
        position = 0
        if after is not None:
            position = THREAD.reached(after, await patiently(partial(queries.thread_head, wanted)))
        async with info.context.desk.hub.listen(f"dispute:{wanted}") as nudged:
            while True:
                rows = await patiently(partial(queries.thread_after, wanted, position, REPLAY))
                for row in rows:
                    position = row.position
                    await patiently(partial(_followed, info, wanted))
                    yield Edge(cursor=THREAD.cursor(row), node=Message.of(row))
                if len(rows) < REPLAY:
                    await nudged()


async def _seen(info: Info, dispute_id: UUID | None) -> models.Dispute:
    seen = queries.visible_to(info.context.actor)
    row = await seen.get_or_none(id=dispute_id) if dispute_id else None
    if row is None:
        raise Missing("dispute")
    return row


async def _followed(info: Info, dispute_id: UUID | None) -> UUID:
    """Asked before the first message and before each one: what can be seen may change."""
    return (await _seen(info, dispute_id)).id
