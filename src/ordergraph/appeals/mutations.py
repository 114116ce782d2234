"""Mutations of appeals: making one, taking it back, deciding it."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError
from ordergraph.api.scalars import read_money
from ordergraph.appeals import actions
from ordergraph.appeals.graphql import (
    AlreadyAppealedError,
    Appeal,
    AppealWindowClosedError,
    NothingLostError,
    NothingToAppealError,
)
from ordergraph.disputes.amounts import amount_in
from ordergraph.disputes.decisions.graphql import AssignedToAnotherError
from ordergraph.disputes.evidence_mutations import EvidenceInput, read_evidence
from ordergraph.disputes.evidence_types import EvidenceRequiredError
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.types import DisputeAlreadyOpenError, DisputeDeadlinePassedError
from ordergraph.files.graphql import AttachError
from ordergraph.kernel import money
from ordergraph.kernel.refusal import NotFound


@strawberry.input(description="What you hold against the decision, and ask for.")
class DisputeAppealInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    text: str = strawberry.field(description="What is wrong, at most 4,000 characters.")
    amount: Decimal = strawberry.field(
        description="How much more you ask for, in the order's currency: as buyer, of what was not"
        " granted; as seller, of what the decision gave back."
    )
    evidence: list[EvidenceInput] = strawberry.field(
        description="New evidence: at least one piece, at most 20."
    )


@strawberry.type(description="Made. The operator looks at the decision once more.")
class DisputeAppealSuccess:
    appeal: Appeal = strawberry.field(description="The appeal.")
    dispute: Dispute = strawberry.field(description="The dispute, now at stage APPEAL.")


DisputeAppealResult = Annotated[
    DisputeAppealSuccess
    | NothingToAppealError
    | NothingLostError
    | AppealWindowClosedError
    | AlreadyAppealedError
    | DisputeAlreadyOpenError
    | EvidenceRequiredError
    | AttachError
    | AmountTooHighError
    | CommonError,
    strawberry.union("DisputeAppealResult"),
]


@strawberry.input(description="How much whoever appealed gets.")
class AppealGrantInput:
    appeal_id: relay.GlobalID = strawberry.field(description="The appeal.")
    amount: Decimal = strawberry.field(
        description="More than 0, and at most what it asks for, in the order's currency."
    )
    note: str = strawberry.field(
        default="", description="Why, for both sides, at most 1,000 characters."
    )


@strawberry.type(description="Granted: the money is promised, or owed to the seller.")
class AppealGrantSuccess:
    appeal: Appeal = strawberry.field(description="The appeal as it stands now.")


AppealGrantResult = Annotated[
    AppealGrantSuccess
    | AmountTooHighError
    | AssignedToAnotherError
    | DisputeDeadlinePassedError
    | CommonError,
    strawberry.union("AppealGrantResult"),
]


@strawberry.input(description="Which appeal to deny, and why.")
class AppealDenyInput:
    appeal_id: relay.GlobalID = strawberry.field(description="The appeal.")
    note: str = strawberry.field(description="Why, for both sides, at most 1,000 characters.")


@strawberry.type(description="Denied: the decision stands.")
class AppealDenySuccess:
    appeal: Appeal = strawberry.field(description="The appeal as it stands now.")


AppealDenyResult = Annotated[
    AppealDenySuccess | AssignedToAnotherError | DisputeDeadlinePassedError | CommonError,
    strawberry.union("AppealDenyResult"),
]


@strawberry.input(description="Which appeal to take back.")
class AppealWithdrawInput:
    appeal_id: relay.GlobalID = strawberry.field(description="The appeal.")


@strawberry.type(description="Taken back. There is no second one.")
class AppealWithdrawSuccess:
    appeal: Appeal = strawberry.field(description="The appeal as it stands now.")


AppealWithdrawResult = Annotated[
    AppealWithdrawSuccess | DisputeDeadlinePassedError | CommonError,
    strawberry.union("AppealWithdrawResult"),
]


@strawberry.type
class AppealMutation:
    @mutation(
        description="The side that lost asks for another look at the operator's decision: once, in"
        " time, and with new evidence. An appeal can only add money to a party."
    )
    async def dispute_appeal(self, info: Info, input: DisputeAppealInput) -> DisputeAppealResult:  # noqa: A002  (GraphQL's word)
        dispute_id = uuid_of(input.dispute_id, "Dispute")
        new = actions.NewAppeal(
            dispute_id=dispute_id,
            text=input.text,
            amount=await amount_in(info, dispute_id, input.amount),
            evidence=[read_evidence(info, piece) for piece in input.evidence],
        )
        async with info.context.transaction() as tx:
            row, changed = await actions.appeal(tx, new)
        return DisputeAppealSuccess(appeal=Appeal.of(row), dispute=Dispute.of(changed))

    @mutation(description="The operator adds money to whoever appealed.")
    async def appeal_grant(self, info: Info, input: AppealGrantInput) -> AppealGrantResult:  # noqa: A002  (GraphQL's word)
        appeal_id = uuid_of(input.appeal_id, "Appeal")
        amount = await _amount(info, appeal_id, input.amount)
        async with info.context.transaction() as tx:
            row = await actions.grant(tx, appeal_id, amount, input.note)
        return AppealGrantSuccess(appeal=Appeal.of(row))

    @mutation(description="The operator lets the decision stand.")
    async def appeal_deny(self, info: Info, input: AppealDenyInput) -> AppealDenyResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await actions.deny(tx, uuid_of(input.appeal_id, "Appeal"), input.note)
        return AppealDenySuccess(appeal=Appeal.of(row))

    @mutation(description="Whoever appealed takes it back.")
    async def appeal_withdraw(
        self,
        info: Info,
        input: AppealWithdrawInput,  # noqa: A002  (GraphQL's word)
    ) -> AppealWithdrawResult:
        async with info.context.transaction() as tx:
            row = await actions.withdraw(tx, uuid_of(input.appeal_id, "Appeal"))
        return AppealWithdrawSuccess(appeal=Appeal.of(row))


async def _amount(info: Info, appeal_id: UUID, amount: Decimal) -> money.Money:
    """Read the amount in the appeal's currency, which never changes."""
    appeal = await info.context.load.visible_appeal.load(appeal_id)
    if appeal is None:
        raise NotFound(what="appeal")
    return read_money(amount, appeal.row.currency)
