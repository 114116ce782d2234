"""The parts of a withdrawal in the API: refusals, the button, the document."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import UserError, answers
from ordergraph.api.scalars import publish
from ordergraph.kernel.actor import Role
from ordergraph.orders.process import as_of
from ordergraph.orders.types import OrderAction, OrderActionKind, OrderLine
from ordergraph.withdrawals import models, process
from ordergraph.withdrawals.links import link_to
from ordergraph.withdrawals.models import DocumentKind
from ordergraph.withdrawals.process import Ground, WithdrawalStatus, ends_at, why_not

publish(WithdrawalStatus)
publish(DocumentKind)


@answers(process.WithdrawalNotYet)
@strawberry.type(description="The buyer can still cancel the order alone: orderCancel is the way.")
class WithdrawalNotYetError(UserError):
    cancelable_until: datetime | None = strawberry.field(
        description="Until when; from then on a withdrawal is possible. Null before the payment."
    )


@answers(process.WithdrawalPeriodOver)
@strawberry.type(description="The time to withdraw is over.")
class WithdrawalPeriodOverError(UserError):
    ended_at: datetime = strawberry.field(description="When it ended.")


@answers(process.WithdrawalAwaitsAppeal)
@strawberry.type(
    description="An appeal over the order is open. When it is over, you have as much time to withdraw"
    " as when it began."
)
class WithdrawalAwaitsAppealError(UserError):
    since: datetime = strawberry.field(description="When the appeal was made.")


@answers(process.WithdrawalLapsed)
@strawberry.type(
    description="What was reviewed can no longer be confirmed, because it took too long or something"
    " changed meanwhile. Start again."
)
class WithdrawalLapsedError(UserError):
    lapsed_at: datetime = strawberry.field(description="When it lapsed.")


@answers(process.WithdrawalExcluded)
@strawberry.type(description="The law makes an exception for these goods: nobody can withdraw.")
class WithdrawalExcludedError(UserError):
    order_id: strawberry.Private[UUID]
    line_ids: strawberry.Private[Sequence[UUID]]

    @loaded(description="The lines, each with its excludedFromWithdrawal.")
    async def lines(self, info: Info) -> list[OrderLine]:
        order = await info.context.load.visible_order.load(self.order_id)
        assert order is not None, "who withdraws sees the order"
        rows = await info.context.load.lines_of_order.load(self.order_id)
        return [OrderLine.of(row, order.row.currency) for row in rows if row.id in self.line_ids]


def withdrawing(ground: Ground, now: datetime) -> OrderAction:
    """What the buyer is told about withdrawing: the rule that withdrawalStart asks, too."""
    refusal = why_not(ground, None, Role.BUYER, now)
    until = ends_at(as_of(ground.order, now)) if refusal is None else None
    return OrderAction.judged(OrderActionKind.WITHDRAW, refusal, until=until)


@strawberry.type(description="A text that was given to people, kept for good as it was.")
class Document(Loaded, relay.Node):
    loader: ClassVar[str] = "withdrawal.document"

    id: relay.NodeID[UUID]
    kind: DocumentKind = strawberry.field(description="What it is.")
    language: str = strawberry.field(description="The language that it is written in: en or de.")
    text: str = strawberry.field(description="All of it: plain text.")
    sha256: str = strawberry.field(
        description="SHA-256 of the text in UTF-8, in hexadecimal: the downloaded file has it, too."
    )
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, row: models.Document) -> Self:
        return cls(
            id=row.id,
            kind=row.kind,
            language=row.language,
            text=row.content,
            sha256=row.sha256,
            created_at=row.created_at,
        )

    @loaded(
        description="Where to download it as a text file, without a token. Good for five minutes:"
        " ask for it when the person presses the button."
    )
    async def url(self, info: Info) -> str:
        return link_to(info.context.desk.keeper.links, self.id, await info.context.now())
