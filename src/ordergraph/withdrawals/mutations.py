"""Mutations of withdrawals: start, review, confirm."""

from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError
from ordergraph.disputes.types import DisputeAlreadyOpenError
from ordergraph.orders.types import LineQuantityInput, picked
from ordergraph.withdrawals import actions
from ordergraph.withdrawals.graphql import Withdrawal
from ordergraph.withdrawals.types import (
    WithdrawalAwaitsAppealError,
    WithdrawalExcludedError,
    WithdrawalLapsedError,
    WithdrawalNotYetError,
    WithdrawalPeriodOverError,
)

RuledOut = (
    WithdrawalNotYetError
    | WithdrawalPeriodOverError
    | WithdrawalExcludedError
    | WithdrawalAwaitsAppealError
    | DisputeAlreadyOpenError
    | AmountTooHighError
    | CommonError
)
"""What both steps may be answered with."""


@strawberry.input(description="From what somebody wants to withdraw. No reason is asked for.")
class WithdrawalStartInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None,
        description="Which lines, and how many of each; without, everything that one may withdraw"
        " from.",
    )
    name: str | None = strawberry.field(
        default=None,
        description="Who withdraws, at most 200 characters; without, the buyer's name as it is"
        " known here.",
    )
    contact_email: str | None = strawberry.field(
        default=None, description="Where they can be reached; it stands in the acknowledgement."
    )


@strawberry.type(description="The statement, to be reviewed. Nothing has happened yet.")
class WithdrawalStartSuccess:
    withdrawal: Withdrawal = strawberry.field(description="The withdrawal, not confirmed yet.")


WithdrawalStartResult = Annotated[
    WithdrawalStartSuccess | RuledOut, strawberry.union("WithdrawalStartResult")
]


@strawberry.input(description="Which statement is made.")
class WithdrawalConfirmInput:
    withdrawal_id: relay.GlobalID = strawberry.field(description="The withdrawal.")


@strawberry.type(description="Withdrawn, from this moment on. Now the goods go back.")
class WithdrawalConfirmSuccess:
    withdrawal: Withdrawal = strawberry.field(
        description="The withdrawal, with its acknowledgement and the dispute that follows it."
    )


WithdrawalConfirmResult = Annotated[
    WithdrawalConfirmSuccess | WithdrawalLapsedError | RuledOut,
    strawberry.union("WithdrawalConfirmResult"),
]


@strawberry.type
class WithdrawalMutation:
    @mutation(
        description="The first of two steps to withdraw from a purchase as consumers in the EU may:"
        " see what would be declared. It changes nothing; confirm it within the hour."
    )
    async def withdrawal_start(
        self,
        info: Info,
        input: WithdrawalStartInput,  # noqa: A002  (GraphQL's word)
    ) -> WithdrawalStartResult:
        new = actions.NewWithdrawal(
            order_id=uuid_of(input.order_id, "Order"),
            picked=picked(input.lines),
            name=input.name,
            contact_email=input.contact_email,
            language=info.context.language,
        )
        async with info.context.transaction() as tx:
            row = await actions.start(tx, new)
        return WithdrawalStartSuccess(withdrawal=Withdrawal.of(row))

    @mutation(
        description="The second step: confirm the withdrawal. It takes effect at this moment, the"
        " seller cannot refuse it, and a document acknowledges it."
    )
    async def withdrawal_confirm(
        self,
        info: Info,
        input: WithdrawalConfirmInput,  # noqa: A002  (GraphQL's word)
    ) -> WithdrawalConfirmResult:
        async with info.context.transaction() as tx:
            row = await actions.confirm(tx, uuid_of(input.withdrawal_id, "Withdrawal"))
        return WithdrawalConfirmSuccess(withdrawal=Withdrawal.of(row))
