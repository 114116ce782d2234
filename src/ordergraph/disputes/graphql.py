"""Disputes in the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.columns import column, derived, money_column
from ordergraph.api.context import Info
from ordergraph.api.deadlines import Deadline
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.scalars import Money
from ordergraph.disputes import models
from ordergraph.disputes.buttons import LOOKED_AFTER, Barred, own_actions
from ordergraph.disputes.parts.bargain import Bargained
from ordergraph.disputes.parts.goods import Returned
from ordergraph.disputes.parts.proof import Proved
from ordergraph.disputes.parts.review import Reviewed
from ordergraph.disputes.parts.talk import Talked
from ordergraph.disputes.process import deadlines
from ordergraph.disputes.return_types import (
    ReturnShipment,
    ReturnTerms,
)
from ordergraph.disputes.spam import why_too_many
from ordergraph.disputes.types import (
    DisputeAction,
    DisputeActionKind,
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
    pass


RETURN_TERMS: Final = ("return_paid_by", "return_cost_minor", "currency")
RETURN_SHIPMENT: Final = (
    "return_carrier",
    "return_tracking_number",
    "return_shipped_at",
    "return_delivered_at",
    "return_answer",
)


@strawberry.type(description="A disagreement over an order, from the first word to the decision.")
class Dispute(Bargained, Returned, Proved, Reviewed, Talked, Loaded, relay.Node):
    loader: ClassVar[str] = "visible_dispute"

    id: relay.NodeID[UUID]
    stage: DisputeStage = column("stage", "How far it has gone.")
    status: DisputeStatus = column("status", "Whom it waits for.")
    outcome: DisputeOutcome | None = column("outcome", "How it ended.")
    decided_by: DecidedBy | None = column("decided_by", "Who ended it.")
    decision_note: str | None = column("decision_note", "What the operator wrote with it.")
    description: str = column("description", "What the buyer complains of.")
    asked: ResolutionAsked = column("asked", "What the buyer asks for.")
    amount_requested: Money = money_column("requested_minor", "How much the buyer asks for.")
    amount_approved: Money | None = money_column(
        "approved_minor", "How much the buyer gets; null until that is decided."
    )
    opened_at: datetime = column("opened_at", "When it was opened.")
    closed_at: datetime | None = column("closed_at", "When it ended.")
    return_terms: ReturnTerms | None = derived(
        ReturnTerms.of, RETURN_TERMS, "On which terms the goods go back, once that is agreed."
    )
    return_shipment: ReturnShipment | None = derived(
        ReturnShipment.of, RETURN_SHIPMENT, "How the goods go back, once they were sent."
    )
    message_count: int = column("message_count", "How many lines the thread has.")
    extension_asked: int | None = column(
        "extension_asked_s",
        "By how many seconds the side it waits for asks to put its deadline off.",
    )
    extensions: int = column("extensions", "How often a deadline was put off by consent.")

    @classmethod
    def of(cls, row: models.Dispute) -> Self:
        return cls(id=row.id, row=row)

    @classmethod
    async def asked_for(cls, info: Info, ids: Sequence[UUID]) -> "list[Dispute | None]":
        if len(ids) > 1:
            return await super().asked_for(info, ids)
        return [await info.context.load.screens.dispute(info, ids[0])]

    @property
    def currency(self) -> str:
        return self.row.currency

    @loaded(description="The order that it is about.")
    async def order(self, info: Info) -> Order:
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a dispute sees its order"
        return order

    @loaded(description="Why the buyer complains.")
    async def reason(self, info: Info) -> Reason:
        return await info.context.load.reason.load(self.row.reason_id)

    @loaded(description="The money that goes back because of it.")
    async def refund(self, info: Info) -> Refund | None:
        return await info.context.load.refund_of(self.row.order_id, self.row.id)

    @loaded(description="What you may do in it, now or at another time.")
    async def actions(self, info: Info) -> list[DisputeAction]:
        context, order = info.context, await self.order(info)
        role, now = order.role(info), await context.now()
        offers = [offer.row for offer in await context.load.offers_of_dispute.load(self.row.id)]
        barred = await self._barred(info, role)
        own = own_actions(self.row, offers, role, now, barred)
        return own + await context.load.appealing(self.row, order.row, role)

    async def _barred(self, info: Info, role: Role) -> Barred:
        """What else than the table keeps this role from something."""
        if role is not Role.OPERATOR:
            written = await info.context.load.written.load((self.row.id, role))
            return {DisputeActionKind.SEND_MESSAGE: why_too_many(written, role)}
        return dict.fromkeys(LOOKED_AFTER, await self.held_by_another(info))

    @strawberry.field(description="What happens by itself, unless somebody acts.")
    def deadlines(self, info: Info) -> list[Deadline]:
        return [Deadline.of(found, info.context.language) for found in deadlines(self.row)]
