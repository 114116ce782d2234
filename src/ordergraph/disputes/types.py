"""The parts of a dispute in the API: words, refusals, actions, messages."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts.graphql import User
from ordergraph.api.columns import column, word_column
from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Key
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import CommonError, UserError, answers, blocked_by
from ordergraph.api.scalars import publish
from ordergraph.disputes import lines, lures, models, process, refusals
from ordergraph.disputes.ground import Ground, why_not_open
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeOutcome,
    DisputeStage,
    DisputeStatus,
    MessageKind,
    ResolutionAsked,
)
from ordergraph.files.graphql import Attachment
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus, as_of
from ordergraph.orders.types import OrderAction, OrderActionKind

if TYPE_CHECKING:
    from ordergraph.disputes.graphql import Dispute

for _words in (
    DisputeStage, DisputeStatus, DisputeOutcome, DecidedBy, ResolutionAsked, MessageKind,
):  # fmt: skip
    publish(_words)

SEND_MESSAGE = process.DisputeAction.SEND_MESSAGE
THREAD = Key(("position",), newest_first=False)


@publish
class DisputeActionKind(Words):
    """What a person may do in a dispute. More values may come."""

    ACCEPT = "ACCEPT", "Grant what the buyer asks for: disputeAccept."
    COUNTER_OFFER = "COUNTER_OFFER", "Propose other terms: disputeOfferMake."
    ACCEPT_OFFER = "ACCEPT_OFFER", "Accept the other side's newest offer: disputeOfferAccept."
    DECLINE_OFFER = "DECLINE_OFFER", "Decline the other side's newest offer: disputeOfferDecline."
    WITHDRAW_OFFER = "WITHDRAW_OFFER", "Take your newest offer back: disputeOfferWithdraw."
    REFUSE = "REFUSE", "Say no, with a text: disputeRefuse."
    WITHDRAW = (
        "WITHDRAW",
        "Take the dispute back: disputeWithdraw. Once an operator has looked at it, for good.",
    )
    ESCALATE = "ESCALATE", "Ask the operator to decide: disputeEscalate."
    DECIDE = "DECIDE", "Say how much goes back: disputeDecide."
    ASSIGN = "ASSIGN", "Look after it, as operator: disputeAssign."
    RELEASE = "RELEASE", "Let another operator have it: disputeRelease."
    APPEAL = "APPEAL", "Ask for another look at the operator's decision: disputeAppeal."
    SHIP_RETURN = "SHIP_RETURN", "Send the goods back: returnShip."
    MARK_RETURN_DELIVERED = (
        "MARK_RETURN_DELIVERED",
        "Say that the carrier brought the goods back: returnMarkDelivered.",
    )
    ACKNOWLEDGE_RETURN = "ACKNOWLEDGE_RETURN", "Say that the goods are back: returnAcknowledge."
    REQUEST_EVIDENCE = "REQUEST_EVIDENCE", "Ask a side for evidence: disputeEvidenceRequest."
    ASK_EXTENSION = "ASK_EXTENSION", "Ask for more time: disputeExtensionAsk."
    GRANT_EXTENSION = "GRANT_EXTENSION", "Give the other side more time: disputeExtensionGrant."
    CONTEST_RETURN = "CONTEST_RETURN", "Say what is wrong with them: returnAcknowledge."
    ADD_EVIDENCE = "ADD_EVIDENCE", "Show what proves your word: disputeEvidenceAdd."
    SETTLE_QUIETLY = (
        "SETTLE_QUIETLY",
        "Say in private what you would settle for: disputeLimitSet.",
    )
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
    closed_at: datetime = strawberry.field(description="When it ended.")


@answers(refusals.DisputeAlreadyOpen)
@strawberry.type(description="There is an open dispute over the order.")
class DisputeAlreadyOpenError(UserError):
    dispute_id: strawberry.Private[UUID]

    @loaded(description="The dispute that is open.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.dispute_id)
        assert dispute is not None, "who sees an order sees its dispute"
        return dispute


@answers(refusals.DisputeAlreadyDecided)
@strawberry.type(description="The dispute is over.")
class DisputeAlreadyDecidedError(UserError):
    closed_at: datetime = strawberry.field(description="When it ended.")


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


@answers(refusals.ThreadFull)
@answers(refusals.TooManyMessages)
@strawberry.type(description="So many messages in a row, or in all, and no more.")
class TooManyMessagesError(UserError):
    limit: int = strawberry.field(description="How many there can be.")


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
    blocked_by: UserError | None = blocked_by()
    refusal: strawberry.Private[Refusal | None]

    @classmethod
    def judged(
        cls, kind: DisputeActionKind, refusal: Refusal | None, until: datetime | None
    ) -> Self:
        return cls(
            kind=kind,
            available=refusal is None,
            until=until if refusal is None else None,
            refusal=refusal,
        )


def opening(order: Order, ground: Ground, now: datetime) -> OrderAction:
    """What the buyer is told about opening a dispute: the rule that disputeOpen asks too."""
    refusal, order = why_not_open(ground, None, Role.BUYER, now), as_of(order, now)
    delivered = order.status is OrderStatus.DELIVERED
    not_yet = isinstance(refusal, refusals.DisputeNotYet)
    return OrderAction.judged(
        OrderActionKind.OPEN_DISPUTE,
        refusal,
        until=order.protection_ends_at if delivered else None,
        opens_at=order.presumed_delivered_at if not_yet else None,
    )


@strawberry.type(
    description="One line of a dispute's thread, written by somebody, or by what happened;"
    " it never changes."
)
class Message(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_message"
    listed_by: ClassVar[Key] = THREAD

    id: relay.NodeID[UUID]
    kind: MessageKind = column("kind", "Whether somebody wrote it.")
    event_type: str | None = column(
        "event_type", "What happened, such as dispute.offer_made; null for a text."
    )
    author_role: Role = word_column(Role, "author_role", "In which role it was written, or done.")
    sent_at: datetime = column("sent_at", "When it was sent.")
    row: strawberry.Private[models.Message]

    @classmethod
    def of(cls, row: models.Message) -> Self:
        return cls(id=row.id, row=row)

    @strawberry.field(
        description="What was written, or what happened in the language of Accept-Language:"
        " plain text, no markup."
    )
    def body(self, info: Info) -> str:
        return self.row.body or lines.said(self.row, info.context.language)

    @strawberry.field(
        description="What to beware of, in the language of Accept-Language: the text may lure"
        " somebody to pay or to talk outside the marketplace. Null for most."
    )
    def warning(self, info: Info) -> str | None:
        return lures.warning(self.row.body, info.context.language) if self.row.body else None

    @loaded(
        description="Who wrote or did it; null for what happened by itself. Which operator it was"
        " only operators see."
    )
    async def author(self, info: Info) -> User | None:
        author_id = self.row.author_id
        if author_id is None or (self.author_role is Role.OPERATOR and not await self._staff(info)):
            return None
        return await info.context.load.user.load(author_id)

    async def _staff(self, info: Info) -> bool:
        """Whether the viewer meets the dispute as an operator."""
        return await (await self.dispute(info)).role(info) is Role.OPERATOR

    @loaded(description="The dispute that it belongs to.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")]:
        dispute = await info.context.load.visible_dispute.load(self.row.dispute_id)
        assert dispute is not None, "who sees a message sees its dispute"
        return dispute

    @loaded(description="Files that came with it.")
    async def attachments(self, info: Info) -> list[Attachment]:
        return await info.context.load.attachments_of.load(self.row.id)

    @loaded(description="When a party other than its author first had it read; null until then.")
    async def read_by_other_at(self, info: Info) -> datetime | None:
        return await info.context.load.read_by_other.load(self.row.id)
