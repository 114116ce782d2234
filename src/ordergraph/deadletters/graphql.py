"""Dead letters in the API: operators see what failed for good, and let it be tried anew."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import PAGE, Connection, Key, Slice, page
from ordergraph.api.refusals import CommonError
from ordergraph.infra import dead_letters
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import NotFound

LONGEST_DEAD_FIRST = Key(("last_failed_at", "id"), newest_first=False)


@strawberry.type(description="Work that failed again and again, and was laid aside.")
class DeadLetter(Loaded, relay.Node):
    id: relay.NodeID[UUID]
    work: str = strawberry.field(description="What was to be done, such as refund.due or outbox.")
    subject: str = strawberry.field(description="The id of the row that it was to be done to.")
    problem: str = strawberry.field(description="The kind of the last problem; the log has more.")
    failures: int = strawberry.field(description="How often it failed.")
    first_failed_at: datetime = strawberry.field(description="When it failed first.")
    last_failed_at: datetime = strawberry.field(description="When it failed last.")
    retry_at: datetime | None = strawberry.field(
        description="When it is tried again; null: only if an operator says so."
    )

    @classmethod
    def of(cls, row: dead_letters.DeadLetter) -> Self:
        return cls(
            id=row.id,
            work=row.work,
            subject=str(row.row_id),
            problem=row.problem,
            failures=row.failures,
            first_failed_at=row.first_failed_at,
            last_failed_at=row.last_failed_at,
            retry_at=row.retry_at,
        )

    @classmethod
    async def resolve_nodes(
        cls,
        *,
        info: Info,
        node_ids: Iterable[str],
        required: bool = False,  # noqa: ARG003  (Relay's signature)
    ) -> list[Any]:
        """Nobody but an operator finds one."""
        ids = [UUID(node_id) for node_id in node_ids]
        if Role.OPERATOR not in info.context.actor.roles:
            return [None for _ in ids]
        rows = {row.id: row for row in await dead_letters.DeadLetter.filter(id__in=ids)}
        return [cls.of(rows[id_]) if id_ in rows else None for id_ in ids]


@strawberry.type
class DeadLetterQuery:
    @strawberry.field(description="For operators: work that is dead, the longest dead first.")
    async def dead_letters(
        self, info: Info, first: int = PAGE, after: str | None = None
    ) -> Connection[DeadLetter]:
        info.context.require_operator()
        rows = dead_letters.dead()
        return await page(rows, LONGEST_DEAD_FIRST, Slice(first, after), DeadLetter.of)


@strawberry.input(description="What to try once more.")
class DeadLetterRetryInput:
    dead_letter_id: relay.GlobalID = strawberry.field(description="The dead letter.")


@strawberry.type(description="It is tried again, with all its pauses before it.")
class DeadLetterRetrySuccess:
    dead_letter: DeadLetter = strawberry.field(description="It as it stands now.")


DeadLetterRetryResult = Annotated[
    DeadLetterRetrySuccess | CommonError, strawberry.union("DeadLetterRetryResult")
]


@strawberry.type
class DeadLetterMutation:
    @mutation(description="An operator lets dead work be tried once more.")
    async def dead_letter_retry(
        self,
        info: Info,
        input: DeadLetterRetryInput,  # noqa: A002  (GraphQL's word)
    ) -> DeadLetterRetryResult:
        info.context.require_operator()
        letter_id = uuid_of(input.dead_letter_id, "DeadLetter")
        async with info.context.transaction() as tx:
            row = await dead_letters.revive(letter_id, tx.now)
        if row is None:
            raise NotFound(what="dead letter")
        return DeadLetterRetrySuccess(dead_letter=DeadLetter.of(row))
