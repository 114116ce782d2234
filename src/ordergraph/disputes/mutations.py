"""Mutations of disputes: opening and answering. Deciding is in decisions."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError
from ordergraph.api.scalars import read_money
from ordergraph.disputes import actions, reviewing
from ordergraph.disputes.evidence_mutations import EvidenceInput, read_evidence
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.opening import TooManyOpenDisputesError
from ordergraph.disputes.types import (
    DisputeAlreadyDecidedError,
    DisputeAlreadyOpenError,
    DisputeNotYetError,
    DisputeWindowClosedError,
    MoveError,
)
from ordergraph.disputes.words import DisputeParty, ResolutionAsked
from ordergraph.files.graphql import AttachError
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders.types import LineQuantityInput, picked


@strawberry.input(description="What you complain of, what you ask for, and what proves your word.")
class DisputeOpenInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    reason_handle: str = strawberry.field(description="One of reasons(context: DISPUTE).")
    description: str = strawberry.field(description="What is wrong, at most 4,000 characters.")
    amount: Decimal = strawberry.field(
        description="How much you ask for, in the order's currency; at most disputePreview.maximum."
    )
    asked: ResolutionAsked = strawberry.field(description="Whether the goods go back first.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None,
        description="Which pieces it is about: they count as returned once the seller has them"
        " back. Without it all pieces, if all the money is asked for, and else no certain ones.",
    )
    evidence: list[EvidenceInput] | None = strawberry.field(
        default=None,
        description="What you show at once, at most 20 pieces: it is there before a rule of the"
        " seller's answers. More may follow by disputeEvidenceAdd, until the dispute is over.",
    )


@strawberry.type(description="Opened. The seller has to answer.")
class DisputeOpenSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeOpenResult = Annotated[
    DisputeOpenSuccess
    | DisputeNotYetError
    | DisputeWindowClosedError
    | DisputeAlreadyOpenError
    | DisputeAlreadyDecidedError
    | TooManyOpenDisputesError
    | AttachError
    | AmountTooHighError
    | CommonError,
    strawberry.union("DisputeOpenResult"),
]


@strawberry.input(description="Which dispute to accept.")
class DisputeAcceptInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")


@strawberry.type(description="Granted: the money is promised, or follows once the goods are back.")
class DisputeAcceptSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeAcceptResult = Annotated[
    DisputeAcceptSuccess | AmountTooHighError | MoveError, strawberry.union("DisputeAcceptResult")
]


@strawberry.input(description="Which dispute to refuse, and why.")
class DisputeRefuseInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    note: str = strawberry.field(
        description="What to tell the buyer, at most 1,000 characters; it goes into the thread."
    )


@strawberry.type(description="Refused: no refund, unless the buyer asks the operator.")
class DisputeRefuseSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeRefuseResult = Annotated[
    DisputeRefuseSuccess | MoveError, strawberry.union("DisputeRefuseResult")
]


@strawberry.input(description="Which dispute to take back.")
class DisputeWithdrawInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")


@strawberry.type(description="Withdrawn. The order goes on as if nothing had been said.")
class DisputeWithdrawSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeWithdrawResult = Annotated[
    DisputeWithdrawSuccess | MoveError, strawberry.union("DisputeWithdrawResult")
]


@strawberry.input(description="Which dispute to hand to the operator.")
class DisputeEscalateInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    note: str = strawberry.field(
        default="",
        description="What to tell the operator, at most 1,000 characters; both sides read it.",
    )


@strawberry.type(description="The operator decides now.")
class DisputeEscalateSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeEscalateResult = Annotated[
    DisputeEscalateSuccess | MoveError, strawberry.union("DisputeEscalateResult")
]


@strawberry.input(description="Whose evidence you want to see, and which.")
class DisputeEvidenceRequestInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    party: DisputeParty = strawberry.field(name="from", description="Which side has it.")
    note: str = strawberry.field(
        description="What is missing, at most 1,000 characters; it goes into the thread."
    )


@strawberry.type(description="Asked for. The operator's clock runs on.")
class DisputeEvidenceRequestSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeEvidenceRequestResult = Annotated[
    DisputeEvidenceRequestSuccess | MoveError, strawberry.union("DisputeEvidenceRequestResult")
]


@strawberry.type
class DisputeMutation:
    @mutation(
        description="The buyer asks for money back: for a parcel that is overdue,"
        " or for any reason once it has come."
    )
    async def dispute_open(self, info: Info, input: DisputeOpenInput) -> DisputeOpenResult:  # noqa: A002  (GraphQL's word)
        order = await info.context.load.visible_order.load(uuid_of(input.order_id, "Order"))
        if order is None:
            raise NotFound(what="order")
        new = actions.NewDispute(
            order_id=order.row.id,
            reason_handle=input.reason_handle,
            description=input.description,
            amount=read_money(input.amount, order.row.currency),
            asked=input.asked,
            lines=picked(input.lines),
            evidence=[read_evidence(info, piece) for piece in input.evidence or []],
        )
        async with info.context.transaction() as tx:
            row = await actions.open_dispute(tx, new)
        return DisputeOpenSuccess(dispute=Dispute.of(row))

    @mutation(description="The seller grants what the buyer asks for by now.")
    async def dispute_accept(self, info: Info, input: DisputeAcceptInput) -> DisputeAcceptResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await actions.accept(tx, uuid_of(input.dispute_id, "Dispute"))
        return DisputeAcceptSuccess(dispute=Dispute.of(row))

    @mutation(description="The seller says no.")
    async def dispute_refuse(self, info: Info, input: DisputeRefuseInput) -> DisputeRefuseResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await actions.refuse(tx, uuid_of(input.dispute_id, "Dispute"), input.note)
        return DisputeRefuseSuccess(dispute=Dispute.of(row))

    @mutation(
        description="The buyer takes the dispute back. There may be another one, unless an operator"
        " has looked at this one."
    )
    async def dispute_withdraw(
        self,
        info: Info,
        input: DisputeWithdrawInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeWithdrawResult:
        async with info.context.transaction() as tx:
            row = await actions.withdraw(tx, uuid_of(input.dispute_id, "Dispute"))
        return DisputeWithdrawSuccess(dispute=Dispute.of(row))

    @mutation(description="The buyer asks the operator of the marketplace to decide.")
    async def dispute_escalate(
        self,
        info: Info,
        input: DisputeEscalateInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeEscalateResult:
        async with info.context.transaction() as tx:
            row = await actions.escalate(tx, uuid_of(input.dispute_id, "Dispute"), input.note)
        return DisputeEscalateSuccess(dispute=Dispute.of(row))

    @mutation(description="The operator asks one side for evidence; both read it in the thread.")
    async def dispute_evidence_request(
        self,
        info: Info,
        input: DisputeEvidenceRequestInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeEvidenceRequestResult:
        async with info.context.transaction() as tx:
            dispute_id = uuid_of(input.dispute_id, "Dispute")
            row = await reviewing.request_evidence(tx, dispute_id, input.party, input.note)
        return DisputeEvidenceRequestSuccess(dispute=Dispute.of(row))
