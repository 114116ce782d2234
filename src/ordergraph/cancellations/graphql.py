"""Cancellations in the API."""

from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.columns import column, derived, text_or_null, word_column
from ordergraph.api.context import Info
from ordergraph.api.deadlines import Deadline
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import UserError, answers, blocked_by
from ordergraph.api.scalars import Money, publish
from ordergraph.cancellations import models, process
from ordergraph.cancellations.preview import Preview
from ordergraph.cancellations.process import (
    CANCELLATION,
    TIMERS,
    CancellationStatus,
    answered_until,
    why_not_answer,
)
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import running
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words
from ordergraph.marketplace.graphql import Reason
from ordergraph.orders.graphql import Order
from ordergraph.orders.types import OrderLine
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.process import RefundMethod

publish(CancellationStatus)


@publish
class CancellationActionKind(Words):
    """What a person may do with a late request. More values may come."""

    APPROVE = "APPROVE", "Agree, and cancel: cancellationApprove."
    REJECT = "REJECT", "Keep the order going: cancellationReject."
    WITHDRAW = "WITHDRAW", "Take the request back: cancellationWithdraw."


@answers(process.CancellationAlreadyRequested)
@strawberry.type(description="The seller was asked already; one request is answered at a time.")
class CancellationAlreadyRequestedError(UserError):
    response_due_at: datetime = strawberry.field(
        description="Until when the seller may answer; silence approves it then."
    )


@answers(process.CancellationRefused)
@strawberry.type(description="It was asked before, and refused: that answer stands.")
class CancellationRefusedError(UserError):
    refused_at: datetime = strawberry.field(description="When it was refused.")


@strawberry.type(description="Something a person may do with a late request to cancel.")
class CancellationAction:
    kind: CancellationActionKind = strawberry.field(description="What can be done.")
    available: bool = strawberry.field(description="Whether it would work now.")
    until: datetime | None = strawberry.field(description="Until when it can be done.")
    blocked_by: UserError | None = blocked_by()
    refusal: strawberry.Private[Refusal | None]


@strawberry.type(description="So many pieces of one order line.")
class CancellationLine:
    quantity: int = strawberry.field(description="How many pieces.")
    row: strawberry.Private[models.CancellationLine]
    order_id: strawberry.Private[UUID]
    currency: strawberry.Private[str]

    @loaded(description="The line of the order.")
    async def line(self, info: Info) -> OrderLine:
        lines = await info.context.load.lines_of_order.load(self.order_id)
        row = next(line for line in lines if line.id == self.row.order_line_id)
        return OrderLine.of(row, self.currency)


CANCELED_AT: Final = (
    f"CASE {{row}}.status WHEN '{CancellationStatus.APPROVED}' THEN {{row}}.decided_at END"
)


def _canceled_at(row: models.Cancellation) -> datetime | None:
    return row.decided_at if row.status is CancellationStatus.APPROVED else None


@strawberry.type(
    description="A decision to cancel an order, or a part of it; or the buyer's late request for one."
)
class Cancellation(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_cancellation"

    id: relay.NodeID[UUID]
    status: CancellationStatus = column("status", "Where it stands.")
    whole: bool = column("whole", "Whether it ends the order.")
    note: str | None = text_or_null("note", "What was written with it.")
    requested_by: Role = word_column(Role, "requested_by", "Who canceled, or asked for it.")
    requested_at: datetime = column("requested_at", "When it was asked for.")
    canceled_at: datetime | None = derived(
        _canceled_at, ("status", "decided_at"), "When it took effect.", says=CANCELED_AT
    )
    decided_at: datetime | None = column(
        "decided_at", "When a late request was over, in whatever way; null while it is open."
    )
    decided_by: Role | None = word_column(
        Role,
        "decided_by",
        "Who ended it: SYSTEM for silence, for a parcel that left, and for an order that"
        " was canceled otherwise.",
    )
    answer: str | None = column("answer", "What was written with the refusal.")
    row: strawberry.Private[models.Cancellation]

    @classmethod
    def of(cls, row: models.Cancellation) -> Self:
        return cls(id=row.id, row=row)

    @loaded(description="The order that it belongs to.")
    async def order(self, info: Info) -> Order:
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a cancellation sees its order"
        return order

    @loaded(description="Why.")
    async def reason(self, info: Info) -> Reason:
        return await info.context.load.reason.load(self.row.reason_id)

    @loaded(description="The money that goes back because of it.")
    async def refund(self, info: Info) -> Refund | None:
        return await info.context.load.refund_of(self.row.order_id, self.row.id)

    @loaded(description="The pieces that it took out; while it is open, those that were asked for.")
    async def lines(self, info: Info) -> list[CancellationLine]:
        order = await self.order(info)
        rows = await info.context.load.lines_of_cancellation.load(self.row.id)
        return [
            CancellationLine(
                quantity=row.quantity,
                row=row,
                order_id=self.row.order_id,
                currency=order.row.currency,
            )
            for row in rows
        ]

    @loaded(description="What you may do with it, if it is a late request.")
    async def actions(self, info: Info) -> list[CancellationAction]:
        order, now = await self.order(info), await info.context.now()
        role, until = order.role(info), answered_until(self.row, order.row)
        return [
            _offered(kind, until, why_not_answer(command, self.row, order.row, role, now))
            for command, kind in CANCELLATION.shown_to(role, CancellationActionKind)
        ]

    @strawberry.field(description="What happens by itself, unless somebody acts.")
    def deadlines(self, info: Info) -> list[Deadline]:
        columns = [move.clock for move in CANCELLATION.clocks(self.row.status) if move.clock]
        found = running(TIMERS, columns, self.row)
        return [Deadline.of(deadline, info.context.language) for deadline in found]


def _offered(
    kind: CancellationActionKind, until: datetime | None, refusal: Refusal | None
) -> CancellationAction:
    return CancellationAction(
        kind=kind,
        available=refusal is None,
        until=until if refusal is None else None,
        refusal=refusal,
    )


@strawberry.type(description="What canceling would give back, exactly.")
class CancellationPreview:
    amount: Money = strawberry.field(description="How much.")
    shipping: Money = strawberry.field(description="The part that is for shipping.")
    adjustment: Money = strawberry.field(
        description="Below zero: what was given back before without belonging to a line. Above zero: what"
        " else is left of what was paid, since nothing of the order stays."
    )
    request: bool = strawberry.field(
        description="Whether canceling would only ask the seller, because your time to cancel alone"
        " is over and the order's policy allows to ask."
    )
    whole: bool = strawberry.field(description="Whether it would end the order.")
    method: RefundMethod = strawberry.field(description="How it goes back.")
    due_at: datetime = strawberry.field(
        description="When it is sent at the latest; for a request, if the seller grants it."
    )
    blocked_by: UserError | None = blocked_by("orderCancel")
    refusal: strawberry.Private[Refusal | None]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        return cls(
            amount=Money.of(preview.amount),
            shipping=Money.of(preview.shipping),
            adjustment=Money.of(preview.adjustment),
            request=preview.asks,
            whole=preview.whole,
            method=RefundMethod.ORIGINAL_PAYMENT,
            due_at=preview.due_at,
            refusal=preview.refusal,
        )
