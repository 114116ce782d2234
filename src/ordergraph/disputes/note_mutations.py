"""The mutation for operators' own notes."""

from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.pages import Edge
from ordergraph.api.refusals import CommonError
from ordergraph.disputes import notes
from ordergraph.disputes.thread_types import NOTES, InternalNote


@strawberry.input(description="What to note about which dispute.")
class DisputeNoteAddInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    body: str = strawberry.field(description="Plain text, between 1 and 4,000 characters.")


@strawberry.type(description="Noted, for good; buyer and seller are told nothing.")
class DisputeNoteAddSuccess:
    edge: Edge[InternalNote] = strawberry.field(
        description="The note, and its place in Dispute.internalNotes."
    )


DisputeNoteAddResult = Annotated[
    DisputeNoteAddSuccess | CommonError, strawberry.union("DisputeNoteAddResult")
]


@strawberry.type
class NoteMutation:
    @mutation(description="Note something about a dispute, for operators alone. For operators.")
    async def dispute_note_add(
        self,
        info: Info,
        input: DisputeNoteAddInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeNoteAddResult:
        async with info.context.transaction() as tx:
            row = await notes.add(tx, uuid_of(input.dispute_id, "Dispute"), input.body)
        return DisputeNoteAddSuccess(edge=Edge(cursor=NOTES.cursor(row), node=InternalNote.of(row)))
