"""Disputes in the API."""

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts.graphql import User
from ordergraph.api.context import Info
from ordergraph.api.deadlines import Deadline
from ordergraph.api.ids import peek
from ordergraph.api.pages import PAGE, Connection, Edge, Key, Slice, page
from ordergraph.api.scalars import Money
from ordergraph.disputes import models, queries
from ordergraph.disputes.assigning import another
from ordergraph.disputes.decisions.graphql import DisputeDecision
from ordergraph.disputes.process import deadlines
from ordergraph.disputes.types import (
    THREAD,
    DisputeAction,
    Message,
    ReturnShipment,
    own_actions,
)
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeOutcome,
    DisputeStage,
    DisputeStatus,
    ResolutionAsked,
)
from ordergraph.kernel.actor import Role
from ordergraph.marketplace.graphql import Reason
from ordergraph.orders.graphql import Order
from ordergraph.refunds.graphql import Refund

if TYPE_CHECKING:
    from ordergraph.appeals.graphql import Appeal

NEWEST: Final = Key(("opened_at", "id"), newest_first=True)
REPLAY: Final = 50
"""How many messages of a replay are read at once."""


@strawberry.type(description="A disagreement over an order, from the first word to the decision.")
class Dispute(relay.Node):
    id: relay.NodeID[UUID]
    stage: DisputeStage = strawberry.field(description="How far it has gone.")
    status: DisputeStatus = strawberry.field(description="Whom it waits for.")
    outcome: DisputeOutcome | None = strawberry.field(description="How it ended.")
    decided_by: DecidedBy | None = strawberry.field(description="Who ended it.")
    decision_note: str | None = strawberry.field(description="What the operator wrote with it.")
    description: str = strawberry.field(description="What the buyer complains of.")
    asked: ResolutionAsked = strawberry.field(description="What the buyer asks for.")
    amount_requested: Money = strawberry.field(description="How much the buyer asks for.")
    amount_approved: Money | None = strawberry.field(
        description="How much the buyer gets; null until that is decided."
    )
    opened_at: datetime = strawberry.field(description="When it was opened.")
    closed_at: datetime | None = strawberry.field(description="When it ended.")
    return_shipment: ReturnShipment | None = strawberry.field(
        description="How the goods go back, once they were sent."
    )
    message_count: int = strawberry.field(description="How many messages the thread has.")
    row: strawberry.Private[models.Dispute]

    @classmethod
    def of(cls, row: models.Dispute) -> Self:
        return cls(
            id=row.id,
            stage=row.stage,
            status=row.status,
            outcome=row.outcome,
            decided_by=row.decided_by,
            decision_note=row.decision_note,
            description=row.description,
            asked=row.asked,
            amount_requested=Money.of(row.requested),
            amount_approved=Money.of(row.approved) if row.approved else None,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            return_shipment=ReturnShipment.of(row),
            message_count=row.message_count,
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
        return await info.context.load.visible_dispute.load_many([UUID(i) for i in node_ids])

    @strawberry.field(description="The order that it is about.")
    async def order(self, info: Info) -> Order:
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a dispute sees its order"
        return order

    @strawberry.field(description="Why the buyer complains.")
    async def reason(self, info: Info) -> Reason:
        return await info.context.load.reason.load(self.row.reason_id)

    @strawberry.field(description="The money that goes back because of it.")
    async def refund(self, info: Info) -> Refund | None:
        return await info.context.load.refund_of_cause.load(self.row.id)

    @strawberry.field(description="What you may do in it, now or at another time.")
    async def actions(self, info: Info) -> list[DisputeAction]:
        context = info.context
        order = await self.order(info)
        role, now = order.role(info), await context.now()
        holder = await self.assigned_to(info)
        held = another(self.row, context.actor.user_id, holder.display_name if holder else None)
        own = own_actions(
            self.row, role, now, context.language, held if role is Role.OPERATOR else None
        )
        return own + await context.load.appealing(self.row, order.row, role)

    @strawberry.field(
        description="Which operator looks after it. For operators; the parties get null."
    )
    async def assigned_to(self, info: Info) -> User | None:
        operator_id = self.row.assigned_to_id
        if operator_id is None or (await self.order(info)).role(info) is not Role.OPERATOR:
            return None
        return await info.context.load.visible_user.load(operator_id)

    @strawberry.field(description="What an operator decided, if that is how it was ended.")
    async def decision(self, info: Info) -> DisputeDecision | None:
        return await info.context.load.decision_of_dispute.load(self.row.id)

    @strawberry.field(
        description="A decision that waits for a second operator. For operators; others get null."
    )
    async def proposal(self, info: Info) -> DisputeDecision | None:
        if (await self.order(info)).role(info) is not Role.OPERATOR:
            return None
        return await info.context.load.proposal_of_dispute.load(self.row.id)

    @strawberry.field(description="Appeals against the operator's decision, at most one each side.")
    async def appeals(
        self, info: Info
    ) -> list[Annotated["Appeal", lazy("ordergraph.appeals.graphql")]]:
        return await info.context.load.appeals_of_dispute.load(self.row.id)

    @strawberry.field(description="What happens by itself, unless somebody acts.")
    def deadlines(self, info: Info) -> list[Deadline]:
        return [Deadline.of(found, info.context.language) for found in deadlines(self.row)]

    @strawberry.field(
        description="The thread, oldest first: the first ones after a cursor (20 unless told),"
        " or the last ones before one."
    )
    async def messages(
        self,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Message]:
        size = PAGE if first is None and last is None else first
        wanted = Slice(size, after, last, before)
        return await page(queries.thread(self.row.id), THREAD, wanted, Message.of)

    @strawberry.field(description="How many messages of others you have not marked as read.")
    async def unread_count(self, info: Info) -> int:
        return await info.context.load.unread_of_dispute.load(self.row.id) or 0


@strawberry.type
class DisputeQuery:
    @strawberry.field(description="One dispute; null when there is none, or none of yours.")
    async def dispute(self, info: Info, id: relay.GlobalID) -> Dispute | None:  # noqa: A002  (GraphQL's word)
        info.context.require_user()
        dispute_id = peek(id, "Dispute")
        return await info.context.load.visible_dispute.load(dispute_id) if dispute_id else None

    @strawberry.field(description="All disputes, newest first. For operators.")
    async def disputes(
        self,
        info: Info,
        first: int = PAGE,
        after: str | None = None,
        status: list[DisputeStatus] | None = None,
    ) -> Connection[Dispute]:
        info.context.require_operator()
        rows = queries.visible_to(info.context.actor)
        if status is not None:
            rows = rows.filter(status__in=status)
        return await page(rows, NEWEST, Slice(first, after), Dispute.of)


@strawberry.type
class DisputeSubscription:
    @strawberry.subscription(
        description="The dispute as it stands, and again each time it or its thread changes."
    )
    async def dispute_updated(
        self, info: Info, dispute_id: relay.GlobalID
    ) -> AsyncGenerator[Dispute, None]:
        info.context.require_user()
        wanted, told = peek(dispute_id, "Dispute"), None
        async with info.context.desk.hub.listen(f"dispute:{wanted}") as nudged:
            while wanted and (
                row := await queries.visible_to(info.context.actor).get_or_none(id=wanted)
            ):
                if row.version != told:  # every message counts it up, too
                    told = row.version
                    yield Dispute.of(row)
                await nudged()

    @strawberry.subscription(
        description="Every message after the cursor, in order, and then each new one; without a"
        " cursor from the beginning. Pass the last edge's cursor to go on where you were."
    )
    async def message_added(
        self, info: Info, dispute_id: relay.GlobalID, after: str | None = None
    ) -> AsyncGenerator[Edge[Message], None]:
        info.context.require_user()
        wanted, seen = peek(dispute_id, "Dispute"), queries.visible_to(info.context.actor)
        position = THREAD.place(after)[0] if after is not None else 0
        async with info.context.desk.hub.listen(f"dispute:{wanted}") as nudged:
            while wanted and await seen.filter(id=wanted).exists():
                rows = await queries.thread_after(wanted, position, REPLAY)
                for row in rows:
                    position = row.position
                    yield Edge(cursor=THREAD.cursor(row), node=Message.of(row))
                if len(rows) < REPLAY:
                    await nudged()
