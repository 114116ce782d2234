"""Disputes in the API."""

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.deadlines import Deadline
from ordergraph.api.ids import peek
from ordergraph.api.pages import PAGE, Connection, Edge, Key, Slice, page
from ordergraph.api.scalars import Money
from ordergraph.disputes import models, queries
from ordergraph.disputes.buttons import own_actions
from ordergraph.disputes.evidence_types import HANDED_IN, Evidence, EvidenceChecklist
from ordergraph.disputes.offer_types import Offer, standing
from ordergraph.disputes.pack.links import EvidencePack
from ordergraph.disputes.process import deadlines
from ordergraph.disputes.quiet.types import PrivateLimit
from ordergraph.disputes.return_types import (
    DisputeLine,
    ReturnAddress,
    ReturnShipment,
    ReturnTerms,
    needs_address,
)
from ordergraph.disputes.spam import why_too_many
from ordergraph.disputes.thread_types import InternalNote, ReadCursor, notes_of
from ordergraph.disputes.types import (
    THREAD,
    DisputeAction,
    Message,
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
    return_terms: ReturnTerms | None = strawberry.field(
        description="On which terms the goods go back, once that is agreed."
    )
    return_shipment: ReturnShipment | None = strawberry.field(
        description="How the goods go back, once they were sent."
    )
    message_count: int = strawberry.field(description="How many lines the thread has.")
    extension_asked: int | None = strawberry.field(
        description="By how many seconds the side it waits for asks to put its deadline off."
    )
    extensions: int = strawberry.field(description="How often a deadline was put off by consent.")
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
            return_terms=ReturnTerms.of(row),
            return_shipment=ReturnShipment.of(row),
            message_count=row.message_count,
            extension_asked=row.extension_asked_s,
            extensions=row.extensions,
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

    @strawberry.field(
        description="The pieces that it is about: those that were named, or all of them when all"
        " the money was asked for; empty for a part of the money without named pieces."
    )
    async def lines(self, info: Info) -> list[DisputeLine]:
        rows = await info.context.load.lines_of_dispute.load(self.row.id)
        return [DisputeLine(quantity=row.quantity, row=row, dispute=self.row) for row in rows]

    @strawberry.field(
        description="Where the goods go back to, if the seller has said so; the buyer sees it from"
        " when a return is agreed until the dispute ends."
    )
    async def return_address(self, info: Info) -> ReturnAddress | None:
        order = await self.order(info)
        if not needs_address(self.row, order.role(info)):
            return None
        row = await info.context.load.return_address_of_seller.load(order.row.seller_id)
        return ReturnAddress.of(row) if row else None

    @strawberry.field(description="The money that goes back because of it.")
    async def refund(self, info: Info) -> Refund | None:
        return await info.context.load.refund_of_cause.load(self.row.id)

    @strawberry.field(description="What you may do in it, now or at another time.")
    async def actions(self, info: Info) -> list[DisputeAction]:
        context = info.context
        role = (await self.order(info)).role(info)
        unwritable = why_too_many(await context.load.written.load((self.row.id, role)), role)
        offers = [offer.row for offer in await self.offers(info)]
        now, language = await context.now(), context.language
        return own_actions(self.row, offers, role, now, language, unwritable)

    @strawberry.field(description="What was proposed by either side, oldest first: at most 50.")
    async def offers(self, info: Info) -> list[Offer]:
        return await info.context.load.offers_of_dispute.load(self.row.id)

    @strawberry.field(description="What the buyer proposes now; first, what it was opened with.")
    async def buyer_offer(self, info: Info) -> Offer | None:
        return standing(await self.offers(info), Role.BUYER)

    @strawberry.field(description="What the seller proposes now.")
    async def seller_offer(self, info: Info) -> Offer | None:
        return standing(await self.offers(info), Role.SELLER)

    @strawberry.field(
        description="What you would settle for, if you have said so: disputeLimitSet. Nobody else"
        " sees it."
    )
    async def my_limit(self, info: Info) -> PrivateLimit | None:
        row = await info.context.load.my_limit.load(self.row.id)
        return PrivateLimit.of(row, self.row.currency) if row else None

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

    @strawberry.field(description="What both sides handed in to prove their word, oldest first.")
    async def evidence(self, first: int = PAGE, after: str | None = None) -> Connection[Evidence]:
        rows = queries.evidence(self.row.id)
        return await page(rows, HANDED_IN, Slice(first, after), Evidence.of)

    @strawberry.field(description="Which evidence would help, and what of it is there.")
    async def evidence_checklist(self, info: Info) -> EvidenceChecklist:
        role = (await self.order(info)).role(info)
        had = await info.context.load.evidence_had.load(self.row.id)
        return EvidenceChecklist.of((await self.reason(info)).handle, role, had)

    @strawberry.field(
        description="Everything that you see of it in one file, as for a bank: to download."
    )
    async def evidence_pack(self, info: Info) -> EvidencePack:
        return EvidencePack.of(self.row.id, info.context, await info.context.now())

    @strawberry.field(
        description="How many lines of the thread you have not marked as read, but for your own."
    )
    async def unread_count(self, info: Info) -> int:
        return await info.context.load.unread_of_dispute.load(self.row.id) or 0

    @strawberry.field(
        description="How far buyer and seller have read; a side that has read nothing is left out."
    )
    async def read_cursors(self, info: Info) -> list[ReadCursor]:
        found = await info.context.load.read_cursors.load(self.row.id)
        return [ReadCursor.of(cursor) for cursor in found]

    @strawberry.field(
        description="For operators: what they noted for themselves, oldest first."
        " For everybody else always empty."
    )
    async def internal_notes(
        self, info: Info, first: int = PAGE, after: str | None = None
    ) -> Connection[InternalNote]:
        return await notes_of(info, self.row.id, Slice(first, after))


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
