"""Refunds in the API."""

from collections.abc import AsyncGenerator
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.columns import column, derived, money_column, text_or_null
from ordergraph.api.context import MOMENT, Info
from ordergraph.api.deadlines import Deadline
from ordergraph.api.ids import peek
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import PAGE, Connection, Key, Slice, paged
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import UserError, blocked_by
from ordergraph.api.scalars import Money, publish
from ordergraph.infra.patience import patiently
from ordergraph.kernel import money
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import running
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words
from ordergraph.orders.graphql import Order
from ordergraph.orders.live import LIVE
from ordergraph.orders.types import OrderLine
from ordergraph.refunds import models, queries
from ordergraph.refunds.buttons import open_until
from ordergraph.refunds.models import AttemptOutcome
from ordergraph.refunds.pending import PENDING_COLUMNS, PENDING_SQL, in_words, pending_reason
from ordergraph.refunds.process import (
    REFUND,
    RefundCause,
    RefundFailureReason,
    RefundMethod,
    RefundPendingReason,
    RefundStatus,
    running_clocks,
    timers,
    why_not,
)
from ordergraph.refunds.steps import RefundStepKind, RefundStepState, steps

for _words in (
    RefundStatus,
    RefundCause,
    RefundMethod,
    RefundPendingReason,
    RefundFailureReason,
    RefundStepKind,
    RefundStepState,
):
    publish(_words)
publish(AttemptOutcome, "RefundAttemptOutcome")

DUE_FIRST = Key(("due_at", "id"), newest_first=False)


@publish
class RefundActionKind(Words):
    """What a person may do with a refund. More values may come."""

    RELEASE = "RELEASE", "Send it now instead of at dueAt: refundRelease."
    HOLD = "HOLD", "Keep it back for a while: refundHold."
    RESUME = "RESUME", "End the hold: refundResume."
    CANCEL = "CANCEL", "Call it off before it is sent: refundCancel."
    RETRY = "RETRY", "Try the same way once more: refundRetry."
    CHANGE_METHOD = "CHANGE_METHOD", "Choose another way for the money: refundChangeMethod."
    FAIL = "FAIL", "Give it up: refundFail."


@strawberry.type(description="One of at most four steps.")
class RefundStep:
    kind: RefundStepKind = strawberry.field(description="Which step.")
    state: RefundStepState = strawberry.field(description="How far it is.")
    at: datetime | None = strawberry.field(description="When it was done, or when it is expected.")


@strawberry.type(description="Something a person may do with a refund.")
class RefundAction:
    kind: RefundActionKind = strawberry.field(description="What can be done.")
    available: bool = strawberry.field(description="Whether it would work now.")
    until: datetime | None = strawberry.field(
        description="Until when it can be done; null when nobody can say."
    )
    blocked_by: UserError | None = blocked_by()
    refusal: strawberry.Private[Refusal | None]


@strawberry.type(description="The part of a refund that belongs to one order line.")
class RefundLine:
    quantity: int = strawberry.field(description="For how many pieces.")
    amount: Money = strawberry.field(description="How much for all of them.")
    row: strawberry.Private[models.RefundLine]
    refund: strawberry.Private[models.Refund]

    @loaded(description="The line of the order.")
    async def line(self, info: Info) -> OrderLine:
        lines = await info.context.load.lines_of_order.load(self.refund.order_id)
        row = next(line for line in lines if line.id == self.row.order_line_id)
        return OrderLine.of(row, self.refund.currency)


@strawberry.type(description="One try to send a refund.")
class RefundAttempt:
    number: int = strawberry.field(description="The first try is 1.")
    outcome: AttemptOutcome = strawberry.field(description="How it ended.")
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it was over; null: not yet.")
    problem: str | None = strawberry.field(
        description="What the provider said, or what went wrong."
    )

    @classmethod
    def of(cls, row: models.RefundAttempt) -> Self:
        return cls(
            number=row.number,
            outcome=row.outcome,
            started_at=row.started_at,
            finished_at=row.finished_at,
            problem=row.problem,
        )


@strawberry.type(description="Money promised back to a buyer, and how far it has got.")
class Refund(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_refund"

    id: relay.NodeID[UUID]
    amount: Money = money_column("amount_minor", "How much goes back.")
    shipping: Money = money_column("shipping_minor", "The part that is for shipping.")
    adjustment: Money = money_column("adjustment_minor", "The part that belongs to no line.")
    status: RefundStatus = column("status", "Where it stands.")
    cause: RefundCause = column("cause", "What it was decided by.")
    method: RefundMethod = column("method", "How it goes back.")
    borne_by: Role = column("borne_by", "Who pays for it: SELLER, or OPERATOR for the marketplace.")
    note: str | None = text_or_null(
        "note", "Why it was created, held, canceled or given up, by who did it."
    )
    created_at: datetime = column("created_at", "When it was promised.")
    due_at: datetime = column(
        "due_at",
        "The promise: it is sent at this moment at the latest,"
        " or as soon as the seller releases it.",
    )
    sent_at: datetime | None = column("sent_at", "When the provider took it.")
    settled_at: datetime | None = column("settled_at", "When the money was given back.")
    pending_reason: RefundPendingReason | None = derived(
        pending_reason,
        PENDING_COLUMNS,
        "Why it is not done yet; null when it is over.",
        says=PENDING_SQL,
    )
    failure_reason: RefundFailureReason | None = column(
        "failure_reason", "Why the provider declined, if it did."
    )
    bank_reference: str | None = column(
        "bank_reference", "What to tell the bank when looking for the money, once known."
    )
    row: strawberry.Private[models.Refund]

    @classmethod
    def of(cls, row: models.Refund) -> Self:
        return cls(id=row.id, row=row)

    @property
    def currency(self) -> str:
        return self.row.currency

    @loaded(description="The order that it belongs to.")
    async def order(self, info: Info) -> Order:
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a refund sees its order"
        return order

    @strawberry.field(
        description="The same as pendingReason, as a sentence for people, in the language of Accept-Language;"
        " null when it is."
    )
    def pending_reason_text(self, info: Info) -> str | None:
        return in_words(pending_reason(self.row), info.context.language)

    @strawberry.field(description="At most four steps: promised, sent, with the bank, done.")
    def steps(self) -> list[RefundStep]:
        return [RefundStep(kind=s.kind, state=s.state, at=s.at) for s in steps(self.row)]

    @loaded(description="What it is made of; with shipping and adjustment exactly amount.")
    async def lines(self, info: Info) -> list[RefundLine]:
        rows = await info.context.load.lines_of_refund.load(self.row.id)
        return [
            RefundLine(
                quantity=row.quantity,
                amount=Money.of(money.Money(row.amount_minor, self.row.currency)),
                row=row,
                refund=self.row,
            )
            for row in rows
        ]

    @loaded(description="For operators: each try to send it; null for others.")
    async def attempts(self, info: Info) -> list[RefundAttempt] | None:
        order = await self.order(info)
        if order.role(info) is not Role.OPERATOR:
            return None
        rows = await info.context.load.attempts_of_refund.load(self.row.id)
        return [RefundAttempt.of(row) for row in rows]

    @loaded(description="What you may do with it, now or at another time.")
    async def actions(self, info: Info) -> list[RefundAction]:
        order = await self.order(info)
        role, now = order.role(info), await info.context.now()
        return [
            _offered(
                kind, why_not(command, self.row, role, now), open_until(command, self.row, now)
            )
            for command, kind in REFUND.shown_to(role, RefundActionKind)
        ]

    @strawberry.field(description="What happens by itself, unless somebody acts.")
    def deadlines(self, info: Info) -> list[Deadline]:
        found = running(timers(self.row), running_clocks(self.row), self.row)
        return [Deadline.of(deadline, info.context.language) for deadline in found]


def _offered(
    kind: RefundActionKind, refusal: Refusal | None, until: datetime | None
) -> RefundAction:
    return RefundAction(
        kind=kind,
        available=refusal is None,
        until=until if refusal is None else None,
        refusal=refusal,
    )


@strawberry.type
class RefundQuery:
    @strawberry.field(
        description="For operators: all refunds, the one that is due first at the top."
    )
    async def refunds(
        self,
        info: Info,
        first: int = PAGE,
        after: str | None = None,
        status: list[RefundStatus] | None = None,
        due_before: datetime | None = None,
    ) -> Connection[Refund]:
        info.context.require_operator()
        wanted = Slice(first, after)
        limit, after_ = wanted.size + 1, DUE_FIRST.place(after) if after is not None else None
        due = queries.Due(status, due_before, after_, limit)
        found = await queries.due_first(info.context.actor, due)
        return paged(found, DUE_FIRST, wanted, Refund.of)


@strawberry.type
class RefundSubscription:
    @strawberry.subscription(
        description="Each refund of the order as it stands, and again each time one changes;"
        " one that is promised later comes by itself. NOT_FOUND when there is no such order, or"
        " none of yours."
    )
    async def refund_updated(
        self, info: Info, order_id: relay.GlobalID
    ) -> AsyncGenerator[Refund, None]:
        info.context.require_user()
        wanted, told = peek(order_id, "Order"), dict[UUID, int]()
        async with info.context.desk.hub.listen(f"order:{wanted}") as nudged:
            while True:
                for row in await _of_order(info, wanted):
                    if told.get(row.id) != row.version:
                        yield Refund.of(row)
                        if not MOMENT.get().after_a_part:
                            told[row.id] = row.version
                await nudged()


async def _of_order(info: Info, order_id: UUID | None) -> list[models.Refund]:
    order: Any = (await LIVE.seen(info.context, order_id)).row
    look = partial(info.context.desk.glances.at, queries.of_orders, order.id)
    return await patiently(look) or []
