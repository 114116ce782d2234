"""Mutations for what is said to and fro while a dispute is open."""

from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.pages import Edge
from ordergraph.api.refusals import CommonError
from ordergraph.disputes import thread
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.types import THREAD, Message, MoveError, TooManyMessagesError
from ordergraph.files.graphql import AttachError, read_ids


@strawberry.input(description="What to write in which dispute.")
class MessageSendInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    body: str = strawberry.field(description="Plain text, between 1 and 4,000 characters.")
    attachment_ids: list[relay.GlobalID] = strawberry.field(
        default_factory=list, description="Files of your own, stored and not attached yet."
    )


@strawberry.type(description="Sent: stored once, in order, for good.")
class MessageSendSuccess:
    edge: Edge[Message] = strawberry.field(
        description="The message, and the cursor to go on from with messageAdded."
    )


MessageSendResult = Annotated[
    MessageSendSuccess | TooManyMessagesError | AttachError | MoveError,
    strawberry.union("MessageSendResult"),
]


@strawberry.input(description="How far you have read.")
class ThreadMarkReadInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    up_to: relay.GlobalID = strawberry.field(description="The last message that you have read.")


@strawberry.type(description="Noted. Reading less than before changes nothing.")
class ThreadMarkReadSuccess:
    dispute: Dispute = strawberry.field(description="The dispute, with its new unreadCount.")


ThreadMarkReadResult = Annotated[
    ThreadMarkReadSuccess | CommonError, strawberry.union("ThreadMarkReadResult")
]


@strawberry.type
class ExchangeMutation:
    @mutation(description="Write to the other side, or, as operator, to both while you review.")
    async def message_send(self, info: Info, input: MessageSendInput) -> MessageSendResult:  # noqa: A002  (GraphQL's word)
        dispute_id, files = (
            uuid_of(input.dispute_id, "Dispute"),
            read_ids(info, input.attachment_ids),
        )
        async with info.context.transaction() as tx:
            row = await thread.send_message(tx, dispute_id, input.body, files)
        return MessageSendSuccess(edge=Edge(cursor=THREAD.cursor(row), node=Message.of(row)))

    @mutation(
        description="Say how far you have read the thread.",
        exempt="a mark that only moves forward: repeating it changes nothing",
    )
    async def thread_mark_read(
        self,
        info: Info,
        input: ThreadMarkReadInput,  # noqa: A002  (GraphQL's word)
    ) -> ThreadMarkReadResult:
        async with info.context.transaction() as tx:
            row = await thread.mark_read(
                tx, uuid_of(input.dispute_id, "Dispute"), uuid_of(input.up_to, "Message")
            )
        return ThreadMarkReadSuccess(dispute=Dispute.of(row))
