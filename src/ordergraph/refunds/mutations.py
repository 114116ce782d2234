"""Mutations of refunds."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import CommonError, UserError, answers
from ordergraph.refunds import commands, refusals
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.process import RefundMethod


@answers(refusals.HoldTooLong)
@strawberry.type(description="No refund is held that long.")
class HoldTooLongError(UserError):
    latest: datetime = strawberry.field(description="Until when it can be held.")


@answers(refusals.PaymentDisputed)
@strawberry.type(description="The bank has taken the payment back: nothing is paid twice.")
class PaymentDisputedError(UserError):
    """Says all in its sentence."""


@answers(refusals.AlreadyRefunded)
@strawberry.type(description="The payment provider has given it back: nothing is paid twice.")
class AlreadyRefundedError(UserError):
    """Says all in its sentence."""


@answers(refusals.OrderDisputed)
@strawberry.type(description="A dispute over the order is open, and decides first.")
class OrderDisputedError(UserError):
    disputed_at: datetime = strawberry.field(description="Since when.")


@strawberry.input(description="Which refund to send now.")
class RefundReleaseInput:
    refund_id: relay.GlobalID = strawberry.field(description="The refund.")


@strawberry.type(description="The refund is on its way.")
class RefundReleaseSuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundReleaseResult = Annotated[
    RefundReleaseSuccess | CommonError, strawberry.union("RefundReleaseResult")
]


@strawberry.input(description="Which refund to keep back.")
class RefundHoldInput:
    refund_id: relay.GlobalID = strawberry.field(description="The refund.")
    until: datetime | None = strawberry.field(
        default=None, description="Until when; without it, for as long as the policy allows."
    )
    note: str = strawberry.field(
        default="", description="Why, at most 1,000 characters. Buyer and seller read it."
    )


@strawberry.type(description="The refund is held; the hold ends by itself.")
class RefundHoldSuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundHoldResult = Annotated[
    RefundHoldSuccess | HoldTooLongError | CommonError, strawberry.union("RefundHoldResult")
]


@strawberry.input(description="Which hold to end.")
class RefundResumeInput:
    refund_id: relay.GlobalID = strawberry.field(description="The refund.")


@strawberry.type(description="The promise stands as before.")
class RefundResumeSuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundResumeResult = Annotated[
    RefundResumeSuccess | CommonError, strawberry.union("RefundResumeResult")
]


@strawberry.input(description="Which refund to call off.")
class RefundCancelInput:
    refund_id: relay.GlobalID = strawberry.field(description="The refund.")
    note: str = strawberry.field(description="Why, between 1 and 1,000 characters.")


@strawberry.type(description="Called off: nothing is sent.")
class RefundCancelSuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundCancelResult = Annotated[
    RefundCancelSuccess | CommonError, strawberry.union("RefundCancelResult")
]


@strawberry.input(description="Which declined refund to try once more.")
class RefundRetryInput:
    refund_id: relay.GlobalID = strawberry.field(description="The refund.")


@strawberry.type(description="It is tried once more.")
class RefundRetrySuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundRetryResult = Annotated[
    RefundRetrySuccess | CommonError, strawberry.union("RefundRetryResult")
]


@strawberry.input(description="Which declined refund goes another way.")
class RefundChangeMethodInput:
    refund_id: relay.GlobalID = strawberry.field(description="The refund.")
    method: RefundMethod = strawberry.field(
        description="STORE_CREDIT, or, for an operator who has paid it by hand, MANUAL."
    )
    bank_reference: str = strawberry.field(
        default="",
        description="For MANUAL: the reference under which it was paid, as the bank's statement has it."
        " It stays in the books when people are erased: no names, and no account numbers.",
    )


@strawberry.type(description="It goes the other way.")
class RefundChangeMethodSuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundChangeMethodResult = Annotated[
    RefundChangeMethodSuccess | PaymentDisputedError | AlreadyRefundedError | CommonError,
    strawberry.union("RefundChangeMethodResult"),
]


@strawberry.input(description="Which declined refund to give up.")
class RefundFailInput:
    refund_id: relay.GlobalID = strawberry.field(description="The refund.")
    note: str = strawberry.field(description="Why, between 1 and 1,000 characters.")


@strawberry.type(description="Given up; what was set aside for it is free again.")
class RefundFailSuccess:
    refund: Refund = strawberry.field(description="The refund as it stands now.")


RefundFailResult = Annotated[RefundFailSuccess | CommonError, strawberry.union("RefundFailResult")]


@strawberry.type
class RefundMutation:
    @mutation(description="The seller sends a promised refund before its date.")
    async def refund_release(self, info: Info, input: RefundReleaseInput) -> RefundReleaseResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await commands.release(tx, uuid_of(input.refund_id, "Refund"))
        return RefundReleaseSuccess(refund=Refund.of(row))

    @mutation(description="An operator keeps a promised refund back for a while.")
    async def refund_hold(self, info: Info, input: RefundHoldInput) -> RefundHoldResult:  # noqa: A002  (GraphQL's word)
        refund_id = uuid_of(input.refund_id, "Refund")
        async with info.context.transaction() as tx:
            row = await commands.hold(tx, refund_id, input.until, input.note)
        return RefundHoldSuccess(refund=Refund.of(row))

    @mutation(description="An operator ends a hold.")
    async def refund_resume(self, info: Info, input: RefundResumeInput) -> RefundResumeResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await commands.resume(tx, uuid_of(input.refund_id, "Refund"))
        return RefundResumeSuccess(refund=Refund.of(row))

    @mutation(description="An operator calls a refund off before it is sent.")
    async def refund_cancel(self, info: Info, input: RefundCancelInput) -> RefundCancelResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await commands.cancel(tx, uuid_of(input.refund_id, "Refund"), input.note)
        return RefundCancelSuccess(refund=Refund.of(row))

    @mutation(description="An operator tries a declined refund the same way once more.")
    async def refund_retry(self, info: Info, input: RefundRetryInput) -> RefundRetryResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await commands.retry(tx, uuid_of(input.refund_id, "Refund"))
        return RefundRetrySuccess(refund=Refund.of(row))

    @mutation(description="The buyer or an operator chooses another way for a declined refund.")
    async def refund_change_method(
        self,
        info: Info,
        input: RefundChangeMethodInput,  # noqa: A002  (GraphQL's word)
    ) -> RefundChangeMethodResult:
        refund_id = uuid_of(input.refund_id, "Refund")
        async with info.context.transaction() as tx:
            row = await commands.change_method(tx, refund_id, input.method, input.bank_reference)
        return RefundChangeMethodSuccess(refund=Refund.of(row))

    @mutation(description="An operator gives a declined refund up.")
    async def refund_fail(self, info: Info, input: RefundFailInput) -> RefundFailResult:  # noqa: A002  (GraphQL's word)
        async with info.context.transaction() as tx:
            row = await commands.fail(tx, uuid_of(input.refund_id, "Refund"), input.note)
        return RefundFailSuccess(refund=Refund.of(row))
