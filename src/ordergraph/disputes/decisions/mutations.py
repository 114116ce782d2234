"""Mutations for operators: deciding, confirming what another has proposed, assigning."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError
from ordergraph.disputes import assigning
from ordergraph.disputes.amounts import amount_in
from ordergraph.disputes.decisions import actions
from ordergraph.disputes.decisions.graphql import (
    AssignedToAnotherError,
    DisputeDecision,
    SecondOperatorNeededError,
)
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.types import MoveError
from ordergraph.disputes.words import ShippingPayer


@strawberry.input(description="How much the buyer gets, and in which words both sides read it.")
class DisputeDecideInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    amount: Decimal = strawberry.field(
        description="Between 0 (no refund) and what was asked for, in the order's currency."
    )
    return_paid_by: ShippingPayer | None = strawberry.field(
        default=None,
        description="Send the goods back first, at whose cost; null: they stay where they are.",
    )
    note: str = strawberry.field(
        default="", description="Why, for both sides, at most 1,000 characters."
    )
    template_handle: str | None = strawberry.field(
        default=None,
        description="One of decisionTemplates: both sides read its text beside the note.",
    )


@strawberry.type(
    description="Decided, and promised; or, over the marketplace's limit, proposed: then the dispute"
    " is as it was, and its `proposal` waits for a second operator."
)
class DisputeDecideSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeDecideResult = Annotated[
    DisputeDecideSuccess | AmountTooHighError | AssignedToAnotherError | MoveError,
    strawberry.union("DisputeDecideResult"),
]


@strawberry.input(description="Which proposal to carry out.")
class DisputeDecisionConfirmInput:
    decision_id: relay.GlobalID = strawberry.field(description="The proposal.")


@strawberry.type(description="Confirmed, and carried out.")
class DisputeDecisionConfirmSuccess:
    decision: DisputeDecision = strawberry.field(description="The decision as it stands now.")
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeDecisionConfirmResult = Annotated[
    DisputeDecisionConfirmSuccess | SecondOperatorNeededError | AmountTooHighError | MoveError,
    strawberry.union("DisputeDecisionConfirmResult"),
]


@strawberry.input(description="Which proposal to turn down, and why.")
class DisputeDecisionRejectInput:
    decision_id: relay.GlobalID = strawberry.field(description="The proposal.")
    note: str = strawberry.field(
        description="Why, for the other operators alone, at most 1,000 characters."
    )


@strawberry.type(description="Turned down. The review goes on.")
class DisputeDecisionRejectSuccess:
    decision: DisputeDecision = strawberry.field(description="The decision as it stands now.")


DisputeDecisionRejectResult = Annotated[
    DisputeDecisionRejectSuccess | CommonError, strawberry.union("DisputeDecisionRejectResult")
]


@strawberry.input(description="Who looks after which dispute.")
class DisputeAssignInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    operator_id: relay.GlobalID | None = strawberry.field(
        default=None, description="The operator's user; null: yourself."
    )
    take_over: bool = strawberry.field(
        default=False, description="Whether to take it from another operator who has it now."
    )


@strawberry.type(description="Assigned. The parties do not learn of it.")
class DisputeAssignSuccess:
    dispute: Dispute = strawberry.field(description="The dispute, with its new assignedTo.")


DisputeAssignResult = Annotated[
    DisputeAssignSuccess | AssignedToAnotherError | CommonError,
    strawberry.union("DisputeAssignResult"),
]


@strawberry.input(description="Which dispute to let go of.")
class DisputeReleaseInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")


@strawberry.type(description="Nobody looks after it now.")
class DisputeReleaseSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeReleaseResult = Annotated[
    DisputeReleaseSuccess | AssignedToAnotherError | CommonError,
    strawberry.union("DisputeReleaseResult"),
]


@strawberry.type
class DecisionMutation:
    @mutation(
        description="The operator decides a dispute that is under review. Over the marketplace's"
        " limit for one operator it is only proposed: disputeDecisionConfirm carries it out."
    )
    async def dispute_decide(self, info: Info, input: DisputeDecideInput) -> DisputeDecideResult:  # noqa: A002  (GraphQL's word)
        dispute_id = uuid_of(input.dispute_id, "Dispute")
        amount = await amount_in(info, dispute_id, input.amount)
        ruling = actions.Ruling(
            terms=Terms(amount=amount, return_paid_by=input.return_paid_by),
            note=input.note,
            template_handle=input.template_handle,
        )
        limits = info.context.desk.second_operator_over
        async with info.context.transaction() as tx:
            row = await actions.decide(tx, dispute_id, ruling, limits)
        return DisputeDecideSuccess(dispute=Dispute.of(row))

    @mutation(description="Another operator than the one who proposed it has it carried out.")
    async def dispute_decision_confirm(
        self,
        info: Info,
        input: DisputeDecisionConfirmInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeDecisionConfirmResult:
        decision_id = uuid_of(input.decision_id, "DisputeDecision")
        async with info.context.transaction() as tx:
            decision, dispute = await actions.confirm(tx, decision_id)
        return DisputeDecisionConfirmSuccess(
            decision=DisputeDecision.of(decision), dispute=Dispute.of(dispute)
        )

    @mutation(description="An operator turns a proposal down, or takes back their own.")
    async def dispute_decision_reject(
        self,
        info: Info,
        input: DisputeDecisionRejectInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeDecisionRejectResult:
        decision_id = uuid_of(input.decision_id, "DisputeDecision")
        async with info.context.transaction() as tx:
            row = await actions.reject(tx, decision_id, input.note)
        return DisputeDecisionRejectSuccess(decision=DisputeDecision.of(row))

    @mutation(description="An operator looks after the dispute from now on, one at a time.")
    async def dispute_assign(self, info: Info, input: DisputeAssignInput) -> DisputeAssignResult:  # noqa: A002  (GraphQL's word)
        operator_id = uuid_of(input.operator_id, "User") if input.operator_id else None
        async with info.context.transaction() as tx:
            row = await assigning.assign(
                tx, uuid_of(input.dispute_id, "Dispute"), operator_id, take_over=input.take_over
            )
        return DisputeAssignSuccess(dispute=Dispute.of(row))

    @mutation(description="The operator who looks after the dispute lets go of it.")
    async def dispute_release(
        self,
        info: Info,
        input: DisputeReleaseInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeReleaseResult:
        async with info.context.transaction() as tx:
            row = await assigning.release(tx, uuid_of(input.dispute_id, "Dispute"))
        return DisputeReleaseSuccess(dispute=Dispute.of(row))
