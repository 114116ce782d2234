"""The thread of a dispute, and who has read how much of it."""

from collections.abc import Sequence

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.pages import PAGE, Connection, Slice, paged
from ordergraph.api.ready import loaded
from ordergraph.disputes.models import InternalNote as NoteRow
from ordergraph.disputes.parts.part import Part
from ordergraph.disputes.thread_types import NOTES, InternalNote, ReadCursor
from ordergraph.disputes.types import THREAD, Message
from ordergraph.kernel.actor import Role


@strawberry.type
class Talked(Part):
    @loaded(
        description="The thread, oldest first: the first ones after a cursor (20 unless told),"
        " or the last ones before one."
    )
    async def messages(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Message]:
        wanted = Slice.either_way(first, after, last, before).of(THREAD)
        found = await info.context.load.thread.load((self.row.id, wanted))
        return paged(found, THREAD, wanted, Message.of)

    @loaded(
        description="How many lines of the thread you have not marked as read, but for your own."
    )
    async def unread_count(self, info: Info) -> int:
        return await info.context.load.unread_of_dispute.load(self.row.id) or 0

    @loaded(
        description="How far buyer and seller have read; a side that has read nothing is left out."
    )
    async def read_cursors(self, info: Info) -> list[ReadCursor]:
        found = await info.context.load.read_cursors.load(self.row.id)
        return [ReadCursor.of(cursor) for cursor in found]

    @loaded(
        description="For operators: what they noted for themselves, oldest first."
        " For everybody else always empty."
    )
    async def internal_notes(
        self, info: Info, first: int = PAGE, after: str | None = None
    ) -> Connection[InternalNote]:
        wanted = Slice(first, after).of(NOTES)
        found: Sequence[NoteRow] = ()
        if await self.role(info) is Role.OPERATOR:
            found = await info.context.load.shown.notes.load((self.row.id, wanted))
        return paged(found, NOTES, wanted, InternalNote.of)
