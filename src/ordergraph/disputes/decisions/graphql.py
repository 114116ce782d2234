"""Decisions and their templates in the API."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts.graphql import User
from ordergraph.api.batches import seen
from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import UserError, answers
from ordergraph.api.scalars import Money, publish
from ordergraph.disputes.decisions import models, process, queries
from ordergraph.disputes.decisions.process import DecisionOutcome, DecisionStatus
from ordergraph.disputes.words import ShippingPayer
from ordergraph.kernel.actor import Role

if TYPE_CHECKING:
    from ordergraph.disputes.graphql import Dispute

for _words in (DecisionOutcome, DecisionStatus, ShippingPayer):
    publish(_words)


@answers(process.AssignedToAnother)
@strawberry.type(description="Another operator looks after the dispute. Only operators see this.")
class AssignedToAnotherError(UserError):
    assigned_to: str = strawberry.field(description="Who: the name to show.")


@answers(process.SecondOperatorNeeded)
@strawberry.type(description="Whoever proposed a decision cannot confirm it.")
class SecondOperatorNeededError(UserError):
    pass


def in_language(texts: Mapping[str, str], language: str) -> str | None:
    """The text in this language, or in English; None where there is no template."""
    return texts.get(language, texts.get("en"))


@strawberry.type(description="What operators often decide, in words that both sides understand.")
class DecisionTemplate:
    handle: str = strawberry.field(description="The stable name to send.")
    outcome: DecisionOutcome = strawberry.field(description="What it suggests to decide.")
    reason_handle: str | None = strawberry.field(
        description="The reason for a dispute that it is meant for; null: for any."
    )
    row: strawberry.Private[models.DecisionTemplate]

    @classmethod
    def of(cls, row: models.DecisionTemplate) -> Self:
        return cls(handle=row.handle, outcome=row.outcome, reason_handle=row.reason_handle, row=row)

    @strawberry.field(description="What it is called, in the language of Accept-Language.")
    def label(self, info: Info) -> str:
        return in_language(self.row.labels, info.context.language) or self.handle

    @strawberry.field(description="What both sides read, in the language of Accept-Language.")
    def text(self, info: Info) -> str:
        return in_language(self.row.texts, info.context.language) or ""


@strawberry.type(
    description="What an operator decided. The parties see it once it is carried out, and never"
    " which person it was."
)
class DisputeDecision(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_decision"

    id: relay.NodeID[UUID]
    status: DecisionStatus = strawberry.field(description="What became of it.")
    outcome: DecisionOutcome = strawberry.field(description="What was decided.")
    amount: Money = strawberry.field(description="How much the buyer gets.")
    return_paid_by: ShippingPayer | None = strawberry.field(
        description="Who pays for sending the goods back; null: they stay."
    )
    note: str | None = strawberry.field(description="What the operator wrote with it.")
    decided_at: datetime | None = strawberry.field(
        description="When it was carried out; null for what was only proposed."
    )
    row: strawberry.Private[models.Decision]

    @classmethod
    def of(cls, row: models.Decision) -> Self:
        return cls(
            id=row.id,
            status=row.status,
            outcome=row.outcome,
            amount=Money.of(row.amount),
            return_paid_by=row.return_paid_by,
            note=row.note or None,
            decided_at=row.decided_at,
            row=row,
        )

    @loaded(description="The dispute that it decides.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.row.dispute_id)
        assert dispute is not None, "who sees a decision sees its dispute"
        return dispute

    @strawberry.field(description="The template that it was made with, if one was.")
    def template(self) -> str | None:
        return self.row.template_handle

    @strawberry.field(description="What the template is called, in the viewer's language.")
    def label(self, info: Info) -> str | None:
        return in_language(self.row.template_labels, info.context.language)

    @strawberry.field(description="The template's words, in the viewer's language.")
    def text(self, info: Info) -> str | None:
        return in_language(self.row.template_texts, info.context.language)

    @loaded(description="When it was written down. For operators; null for others.")
    async def proposed_at(self, info: Info) -> datetime | None:
        return self.row.made_at if await self._for_operators(info) else None

    @loaded(description="Which operator wrote it down; null for others than operators.")
    async def proposed_by(self, info: Info) -> User | None:
        return await self._person(info, self.row.made_by_id)

    @loaded(description="Which operator had it carried out; null for others than operators.")
    async def confirmed_by(self, info: Info) -> User | None:
        return await self._person(info, self.row.confirmed_by_id)

    @loaded(
        description="What was written when a proposal was rejected; null for others than operators."
    )
    async def answer(self, info: Info) -> str | None:
        return self.row.answer if await self._for_operators(info) else None

    async def _person(self, info: Info, user_id: UUID | None) -> User | None:
        if user_id is None or not await self._for_operators(info):
            return None
        return await info.context.load.visible_user.load(user_id)

    async def _for_operators(self, info: Info) -> bool:
        return await (await self.dispute(info)).role(info) is Role.OPERATOR


visible = seen(queries.visible_to, DisputeDecision.of)


async def standing(dispute_ids: Iterable[UUID]) -> dict[UUID, DisputeDecision]:
    found = await queries.standing(list(dispute_ids))
    return {id_: DisputeDecision.of(row) for id_, row in found.items()}


async def proposed(dispute_ids: Iterable[UUID]) -> dict[UUID, DisputeDecision]:
    found = await queries.proposed(list(dispute_ids))
    return {id_: DisputeDecision.of(row) for id_, row in found.items()}
