"""Evidence in the API: its rows, and the checklist of what helps."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts.graphql import User
from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Key
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import UserError, answers
from ordergraph.api.scalars import publish
from ordergraph.disputes import checklist, models, refusals
from ordergraph.disputes.words import EvidenceType
from ordergraph.files.graphql import Attachment
from ordergraph.kernel.actor import Role

if TYPE_CHECKING:
    from ordergraph.disputes.graphql import Dispute

publish(EvidenceType)

HANDED_IN = Key(("position",), newest_first=False)


@answers(refusals.EvidenceRequired)
@strawberry.type(description="It cannot be done without evidence. Hand it in first, or with it.")
class EvidenceRequiredError(UserError):
    missing: list[EvidenceType] = strawberry.field(description="What is missing.")


@strawberry.type(description="What one side shows to prove its word; it never changes.")
class Evidence(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_evidence"
    listed_by: ClassVar[Key] = HANDED_IN

    id: relay.NodeID[UUID]
    type: EvidenceType = strawberry.field(description="What it shows.")
    note: str = strawberry.field(description="What its author says of it: plain text.")
    author_role: Role = strawberry.field(description="Who handed it in.")
    submitted_at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[models.Evidence]

    @classmethod
    def of(cls, row: models.Evidence) -> Self:
        return cls(
            id=row.id,
            type=row.type,
            note=row.note,
            author_role=Role[row.author_role],
            submitted_at=row.submitted_at,
            row=row,
        )

    @loaded(description="Whose it is; null for staff whom the marketplace does not name.")
    async def author(self, info: Info) -> User | None:
        author_id = self.row.author_id
        return await info.context.load.user.load(author_id) if author_id else None

    @loaded(description="The dispute that it belongs to.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.row.dispute_id)
        assert dispute is not None, "who sees evidence sees its dispute"
        return dispute

    @loaded(description="Its files.")
    async def attachments(self, info: Info) -> list[Attachment]:
        return await info.context.load.attachments_of.load(self.row.id)


@strawberry.type(description="One kind of evidence that helps.")
class EvidenceChecklistItem:
    side: Role = strawberry.field(description="Whom it helps.")
    type: EvidenceType = strawberry.field(description="What to show.")
    required: bool = strawberry.field(
        description="Whether that side will hardly be believed without it."
    )
    provided: bool = strawberry.field(description="Whether that side handed in such a piece.")


@strawberry.type(
    description="What evidence helps in a dispute for this reason: your own part, and for operators"
    " both sides'."
)
class EvidenceChecklist:
    items: list[EvidenceChecklistItem] = strawberry.field(description="What helps.")
    provided_count: int = strawberry.field(description="How many of them are there.")
    total_count: int = strawberry.field(description="How many there are in all.")
    missing: list[EvidenceType] = strawberry.field(description="What is required and not there.")

    @classmethod
    def of(cls, reason: str, role: Role, had: AbstractSet[checklist.Had]) -> Self:
        items = [
            EvidenceChecklistItem(
                side=wanted.side,
                type=wanted.type,
                required=wanted.required,
                provided=(wanted.side, wanted.type) in had,
            )
            for wanted in checklist.checklist(reason, role)
        ]
        return cls(
            items=items,
            provided_count=sum(item.provided for item in items),
            total_count=len(items),
            missing=list(checklist.missing(reason, role, had)),
        )
