"""Around the thread in the API: how far each side has read, and what staff note for themselves."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts.graphql import User
from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Key
from ordergraph.api.ready import loaded
from ordergraph.disputes import models, thread_queries
from ordergraph.disputes.types import THREAD, Message
from ordergraph.kernel.actor import Role

if TYPE_CHECKING:
    from ordergraph.disputes.graphql import Dispute

NOTES: Final = Key(("written_at", "id"), newest_first=False)


@strawberry.type(description="How far one side has read the thread.")
class ReadCursor:
    role: Role = strawberry.field(description="Which side: buyer or seller.")
    cursor: str = strawberry.field(description="The place of the last line it has read.")
    read_at: datetime = strawberry.field(description="When it got there.")
    message_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: thread_queries.Cursor) -> Self:
        return cls(
            role=row.role,
            cursor=THREAD.cursor(row),
            read_at=row.read_at,
            message_id=row.message_id,
        )

    @loaded(description="The last line it has read.")
    async def message(self, info: Info) -> Message:
        message = await info.context.load.visible_message.load(self.message_id)
        assert message is not None, "who sees a dispute sees its thread"
        return message


@strawberry.type(description="What an operator noted about a dispute, for operators alone.")
class InternalNote(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_note"
    listed_by: ClassVar[Key] = NOTES

    id: relay.NodeID[UUID]
    body: str = strawberry.field(description="What was noted: plain text, no markup.")
    written_at: datetime = strawberry.field(description="When it was noted.")
    row: strawberry.Private[models.InternalNote]

    @classmethod
    def of(cls, row: models.InternalNote) -> Self:
        return cls(id=row.id, body=row.body, written_at=row.written_at, row=row)

    @loaded(description="Who noted it; null for staff whom the marketplace does not name.")
    async def author(self, info: Info) -> User | None:
        return await info.context.load.user.load(self.row.author_id)

    @loaded(description="The dispute that it is about.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.row.dispute_id)
        assert dispute is not None, "who sees a note sees its dispute"
        return dispute
