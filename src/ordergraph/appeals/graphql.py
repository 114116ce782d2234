"""Appeals in the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.api.batches import seen
from ordergraph.api.context import Info
from ordergraph.api.deadlines import Deadline
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import UserError, answers, blocked_by
from ordergraph.api.scalars import Money, publish
from ordergraph.appeals import models, process, queries
from ordergraph.appeals.process import (
    APPEAL,
    AppealStatus,
    Ground,
    closes_at,
    deadlines,
    why_not,
    why_not_appeal,
)
from ordergraph.appeals.process import AppealAction as Command
from ordergraph.disputes.evidence_types import Evidence
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.types import DisputeAction, DisputeActionKind
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words
from ordergraph.refunds.graphql import Refund

publish(AppealStatus)

OPERATORS: Final = frozenset({Command.GRANT, Command.DENY})


@publish
class AppealActionKind(Words):
    """What a person may do with an appeal. More values may come."""

    GRANT = "GRANT", "Add money to whoever appealed: appealGrant."
    DENY = "DENY", "Let the decision stand: appealDeny."
    WITHDRAW = "WITHDRAW", "Take the appeal back: appealWithdraw."


@answers(process.NothingToAppeal)
@strawberry.type(description="The dispute was not ended by a decision of the operator.")
class NothingToAppealError(UserError):
    pass


@answers(process.NothingLost)
@strawberry.type(description="The decision took nothing from you.")
class NothingLostError(UserError):
    pass


@answers(process.AppealWindowClosed)
@strawberry.type(description="The time to appeal is over.")
class AppealWindowClosedError(UserError):
    closed_at: datetime = strawberry.field(description="When it ended.")


@answers(process.AlreadyAppealed)
@strawberry.type(description="Each side can appeal once.")
class AlreadyAppealedError(UserError):
    appeal_id: strawberry.Private[UUID]

    @loaded(description="Your appeal.")
    async def appeal(self, info: Info) -> Annotated["Appeal", lazy("ordergraph.appeals.graphql")]:
        appeal = await info.context.load.visible_appeal.load(self.appeal_id)
        assert appeal is not None, "who appealed sees the appeal"
        return appeal


@strawberry.type(description="Something a person may do with an appeal.")
class AppealAction:
    kind: AppealActionKind = strawberry.field(description="What can be done.")
    available: bool = strawberry.field(description="Whether it would work now.")
    until: datetime | None = strawberry.field(description="Until when it can be done.")
    blocked_by: UserError | None = blocked_by()
    refusal: strawberry.Private[Refusal | None]


@strawberry.type(
    description="One side's appeal against the operator's decision. It can only add money to a party."
)
class Appeal(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_appeal"

    id: relay.NodeID[UUID]
    status: AppealStatus = strawberry.field(description="Where it stands.")
    made_by: Role = strawberry.field(description="Which side appealed.")
    text: str = strawberry.field(description="What it holds against the decision.")
    amount_asked: Money = strawberry.field(description="How much it asks for.")
    amount_granted: Money | None = strawberry.field(
        description="How much was added; null unless it was granted."
    )
    made_at: datetime = strawberry.field(description="When it was made.")
    ended_at: datetime | None = strawberry.field(description="When it was over.")
    ended_by: Role | None = strawberry.field(
        description="Who ended it: SYSTEM when nobody decided it in time."
    )
    answer: str | None = strawberry.field(description="What the operator wrote with the decision.")
    row: strawberry.Private[models.Appeal]

    @classmethod
    def of(cls, row: models.Appeal) -> Self:
        return cls(
            id=row.id,
            status=row.status,
            made_by=row.made_by,
            text=row.statement,
            amount_asked=Money.of(row.asked),
            amount_granted=Money.of(row.granted) if row.granted else None,
            made_at=row.made_at,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            answer=row.answer,
            row=row,
        )

    @loaded(description="The dispute whose decision it is about.")
    async def dispute(self, info: Info) -> Dispute:
        dispute = await info.context.load.visible_dispute.load(self.row.dispute_id)
        assert dispute is not None, "who sees an appeal sees its dispute"
        return dispute

    @loaded(description="The new evidence that it brought.")
    async def evidence(self, info: Info) -> list[Evidence]:
        return await info.context.load.evidence_of_appeal.load(self.row.id)

    @loaded(description="The further money that goes back because of it.")
    async def refund(self, info: Info) -> Refund | None:
        return await info.context.load.refund_of_cause.load(self.row.id)

    @loaded(description="What you may do with it.")
    async def actions(self, info: Info) -> list[AppealAction]:
        context, dispute = info.context, await self.dispute(info)
        role, now = await dispute.role(info), await context.now()
        held = await dispute.held_by_another(info)
        return [
            _offered(
                kind,
                self.row,
                why_not(command, self.row, role, now) or (held if command in OPERATORS else None),
            )
            for command, kind in APPEAL.shown_to(role, AppealActionKind)
        ]

    @strawberry.field(description="What happens by itself, unless somebody acts.")
    def deadlines(self, info: Info) -> list[Deadline]:
        return [Deadline.of(found, info.context.language) for found in deadlines(self.row)]


def _offered(kind: AppealActionKind, row: models.Appeal, refusal: Refusal | None) -> AppealAction:
    return AppealAction(
        kind=kind,
        available=refusal is None,
        until=row.decision_due_at if refusal is None else None,
        refusal=refusal,
    )


def appealing(ground: Ground, role: Role, now: datetime) -> DisputeAction:
    """What a side is told about appealing: the rule that disputeAppeal asks too."""
    refusal = why_not_appeal(ground, role, now)
    until = closes_at(ground, now) if refusal is None else None
    return DisputeAction.judged(DisputeActionKind.APPEAL, refusal, until)


visible = seen(queries.visible_to, Appeal.of)


async def of_disputes(dispute_ids: Iterable[UUID]) -> dict[UUID, list[Appeal]]:
    found = await queries.of_disputes(list(dispute_ids))
    return {id_: [Appeal.of(row) for row in rows] for id_, rows in found.items()}


async def evidence_of(ids: list[UUID]) -> dict[UUID, list[Evidence]]:
    found = await queries.evidence_of(ids)
    return {id_: [Evidence.of(row) for row in rows] for id_, rows in found.items()}
