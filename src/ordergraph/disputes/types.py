"""The parts of a dispute in the API: words, refusals, actions, messages."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts.graphql import User
from ordergraph.api.context import Info
from ordergraph.api.pages import Key
from ordergraph.api.refusals import CommonError, UserError, answer_to, answers
from ordergraph.api.scalars import publish
from ordergraph.disputes import models, refusals
from ordergraph.disputes.ground import Ground, why_not_open
from ordergraph.disputes.process import DISPUTE, next_deadline, why_not
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeOutcome,
    DisputeStage,
    DisputeStatus,
    ResolutionAsked,
    ShippingPayer,
)
from ordergraph.kernel.actor import Role
from ordergraph.kernel.words import Words
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.orders.types import OrderAction, OrderActionKind

if TYPE_CHECKING:
    from ordergraph.disputes.graphql import Dispute

for _words in (
    DisputeStage,
    DisputeStatus,
    DisputeOutcome,
    DecidedBy,
    ResolutionAsked,
    ShippingPayer,
):
    publish(_words)

THREAD = Key(("position",), newest_first=False)


@publish
class DisputeActionKind(Words):
    """What a person may do in a dispute. More values may come."""

    ACCEPT = "ACCEPT", "Grant what was asked for: disputeAccept."
    REFUSE = "REFUSE", "Say no, with a text: disputeRefuse."
    WITHDRAW = "WITHDRAW", "Take the dispute back: disputeWithdraw."
    ESCALATE = "ESCALATE", "Ask the operator to decide: disputeEscalate."
    DECIDE = "DECIDE", "Say how much goes back: disputeDecide."
    SHIP_RETURN = "SHIP_RETURN", "Send the goods back: returnShip."
    ACKNOWLEDGE_RETURN = "ACKNOWLEDGE_RETURN", "Say that the goods are back: returnAcknowledge."
    SEND_MESSAGE = "SEND_MESSAGE", "Write in the thread: messageSend."


@answers(refusals.DisputeNotYet)
@strawberry.type(description="The order has not come yet, and is not overdue.")
class DisputeNotYetError(UserError):
    opens_at: datetime | None = strawberry.field(
        description="From when on a dispute is possible; null when nobody can say yet."
    )


@answers(refusals.DisputeWindowClosed)
@strawberry.type(description="The buyer's protection is over.")
class DisputeWindowClosedError(UserError):
    closed_at: datetime | None = strawberry.field(description="When it ended.")


@answers(refusals.DisputeAlreadyOpen)
@strawberry.type(description="There is an open dispute over the order.")
class DisputeAlreadyOpenError(UserError):
    dispute_id: strawberry.Private[UUID]

    @strawberry.field(description="The dispute that is open.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.dispute_id)
        assert dispute is not None, "who sees an order sees its dispute"
        return dispute


@answers(refusals.DisputeAlreadyDecided)
@strawberry.type(description="The dispute is over.")
class DisputeAlreadyDecidedError(UserError):
    closed_at: datetime | None = strawberry.field(description="When it ended.")


@answers(refusals.DisputeDeadlinePassed)
@strawberry.type(description="The time to act is over; what was announced for that moment stands.")
class DisputeDeadlinePassedError(UserError):
    due_at: datetime = strawberry.field(description="When it ended.")


@answers(refusals.NotYourTurn)
@strawberry.type(description="Somebody else has to act first.")
class NotYourTurnError(UserError):
    waiting_for: Role = strawberry.field(description="Who has to act.")
    until: datetime | None = strawberry.field(
        description="Until when; then the dispute moves on by itself."
    )


MoveError = NotYourTurnError | DisputeAlreadyDecidedError | DisputeDeadlinePassedError | CommonError
"""What every move in a dispute may be answered with."""


@strawberry.type(
    description="Something a person may do in a dispute, whether they may do it now,"
    " and what would be answered if not."
)
class DisputeAction:
    kind: DisputeActionKind = strawberry.field(description="What can be done.")
    available: bool = strawberry.field(description="Whether it would work now.")
    until: datetime | None = strawberry.field(
        description="When the dispute moves on by itself, if nobody acts."
    )
    blocked_by: UserError | None = strawberry.field(
        description="The very error that the mutation would answer now."
    )


def own_actions(
    row: models.Dispute, role: Role, now: datetime, language: str
) -> list[DisputeAction]:
    """The moves of the table that this role may make at one time or another."""
    deadline, found = next_deadline(row), []
    for action in DISPUTE.open_to(role):
        if action.value not in DisputeActionKind.__members__:
            continue
        refusal = why_not(action, row, role, now)
        found.append(
            DisputeAction(
                kind=DisputeActionKind[action.value],
                available=refusal is None,
                until=deadline.due_at if deadline and refusal is None else None,
                blocked_by=answer_to(refusal, language) if refusal else None,
            )
        )
    return found


def opening(order: Order, ground: Ground, now: datetime, language: str) -> OrderAction:
    """What the buyer is told about opening a dispute: the rule that disputeOpen asks too."""
    refusal = why_not_open(ground, None, Role.BUYER, now)
    delivered = order.status is OrderStatus.DELIVERED
    not_yet = isinstance(refusal, refusals.DisputeNotYet)
    return OrderAction.judged(
        OrderActionKind.OPEN_DISPUTE,
        refusal,
        language,
        until=order.protection_ends_at if delivered else None,
        opens_at=order.presumed_delivered_at if not_yet else None,
    )


@strawberry.type(description="How the goods go back to the seller.")
class ReturnShipment:
    carrier: str = strawberry.field(description="Who carries them.")
    tracking_number: str = strawberry.field(description="The carrier's number.")
    shipped_at: datetime = strawberry.field(description="When the buyer sent them.")

    @classmethod
    def of(cls, row: models.Dispute) -> Self | None:
        if row.return_shipped_at is None:
            return None
        return cls(
            carrier=row.return_carrier or "",
            tracking_number=row.return_tracking_number or "",
            shipped_at=row.return_shipped_at,
        )


@strawberry.type(description="One message of a dispute's thread; it never changes.")
class Message(relay.Node):
    listed_by: ClassVar[Key] = THREAD

    id: relay.NodeID[UUID]
    author_role: Role = strawberry.field(description="In which role it was written.")
    body: str = strawberry.field(description="What was written: plain text, no markup.")
    sent_at: datetime = strawberry.field(description="When it was sent.")
    row: strawberry.Private[models.Message]

    @classmethod
    def of(cls, row: models.Message) -> Self:
        return cls(
            id=row.id,
            author_role=Role[row.author_role],
            body=row.body,
            sent_at=row.sent_at,
            row=row,
        )

    @classmethod
    async def resolve_nodes(
        cls,
        *,
        info: Info,
        node_ids: Iterable[str],
        required: bool = False,  # noqa: ARG003  (Relay's signature)
    ) -> list[Any]:
        return await info.context.load.visible_message.load_many([UUID(i) for i in node_ids])

    @strawberry.field(
        description="Who wrote it; null for staff whom the marketplace does not name."
    )
    async def author(self, info: Info) -> User | None:
        author_id = self.row.author_id
        return await info.context.load.user.load(author_id) if author_id else None

    @strawberry.field(description="The dispute that it belongs to.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.row.dispute_id)
        assert dispute is not None, "who sees a message sees its dispute"
        return dispute

    @strawberry.field(description="When the other side first had it read; null until then.")
    async def read_by_other_at(self, info: Info) -> datetime | None:
        return await info.context.load.read_by_other.load(self.row.id)
