"""Orders in the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts.graphql import User
from ordergraph.api.columns import column, money_column
from ordergraph.api.context import Info
from ordergraph.api.deadlines import Deadline
from ordergraph.api.ids import peek
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Connection, Key, Slice, paged
from ordergraph.api.ready import loaded
from ordergraph.api.scalars import Money
from ordergraph.kernel import money
from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import running
from ordergraph.kernel.text import is_storable
from ordergraph.orders import models, queries
from ordergraph.orders.process import ORDER, TIMERS, OrderStatus, as_of, running_clocks
from ordergraph.orders.process import OrderAction as Command
from ordergraph.orders.types import (
    TIMELINE,
    Event,
    LineQuantityInput,
    OrderAction,
    OrderLine,
    PaymentStatus,
    TimelineIntegrity,
)

if TYPE_CHECKING:
    from ordergraph.cancellations.graphql import (
        Cancellation,
        CancellationPreview,
    )
    from ordergraph.disputes.graphql import Dispute
    from ordergraph.disputes.preview import DisputePreview
    from ordergraph.refunds.graphql import Refund
    from ordergraph.withdrawals.graphql import Withdrawal

NEWEST = Key(("placed_at", "id"), newest_first=True)
EVENTS: Final = 50
"""Lines of a timeline that are shown unless somebody says how many."""


@strawberry.type(description="One purchase from one seller.")
class Order(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_order"

    id: relay.NodeID[UUID]
    number: str = column("number", "The number to show and to read out, K7Q4-9XWM.")
    status: OrderStatus = column("status", "Where the order stands.")
    total: Money = money_column("total_minor", "What was to be paid, shipping included.")
    shipping: Money = money_column("shipping_minor", "The part of the total that is for shipping.")
    policy_version: int = column(
        "policy_version", "Which of the marketplace's published policies it was placed under."
    )
    placed_at: datetime = column("placed_at", "When it was placed.")
    cancelable_until: datetime | None = column(
        "cancelable_until", "Until when the buyer may cancel alone; null before payment."
    )
    shipped_at: datetime | None = column("shipped_at", "When the seller shipped it.")
    carrier: str | None = column("carrier", "Who carries it.")
    tracking_number: str | None = column("tracking_number", "The carrier's number.")
    promised_at: datetime | None = column("promised_at", "When the carrier promised it.")
    delivered_at: datetime | None = column("delivered_at", "When it came, or counts as come.")
    carrier_reference: str | None = column(
        "carrier_reference",
        "How the carrier calls its proof that the parcel has come; null where nobody has passed one on.",
    )
    protection_ends_at: datetime | None = column(
        "protection_ends_at",
        "Until when the buyer may open a dispute. A dispute or an appeal may put it off.",
    )
    canceled_at: datetime | None = column("canceled_at", "When it was canceled as a whole.")
    completed_at: datetime | None = column("completed_at", "When it was completed.")
    row: strawberry.Private[models.Order]

    @classmethod
    def of(cls, row: models.Order) -> Self:
        return cls(id=row.id, row=row)

    @classmethod
    async def asked_for(cls, info: Info, ids: Sequence[UUID]) -> "list[Order | None]":
        return await info.context.load.screens.several(info, ids)

    @classmethod
    async def asked_for_alone(cls, info: Info, id_: UUID) -> Any:
        which = queries.where_seen(info.context.actor).also("orders.id = {}::uuid", id_)
        return await info.context.load.screens.alone(info, which)

    @property
    def currency(self) -> str:
        return self.row.currency

    def role(self, info: Info) -> Role:
        role = info.context.actor.role_on(self.row)
        assert role is not None, "an order is shown only to those who have a role on it"
        return role

    @loaded(description="Who bought.")
    async def buyer(self, info: Info) -> User:
        return await info.context.load.user.load(self.row.buyer_id)

    @loaded(description="Who sold.")
    async def seller(self, info: Info) -> User:
        return await info.context.load.user.load(self.row.seller_id)

    @loaded(description="What was bought.")
    async def lines(self, info: Info) -> list[OrderLine]:
        rows = await info.context.load.lines_of_order.load(self.row.id)
        return [OrderLine.of(row, self.row.currency) for row in rows]

    @loaded(description="How much of the money is where.")
    async def payment_status(self, info: Info) -> PaymentStatus:
        return PaymentStatus.of(await info.context.load.payment_of_order.load(self.row.id))

    @loaded(description="What was given back so far.")
    async def refunded(self, info: Info) -> Money:
        payment = await info.context.load.payment_of_order.load(self.row.id)
        return Money.of(payment.refunded if payment else money.Money(0, self.row.currency))

    @loaded(description="What could still be given back: neither done nor promised.")
    async def refundable(self, info: Info) -> Money:
        payment = await info.context.load.payment_of_order.load(self.row.id)
        return Money.of(payment.refundable if payment else money.Money(0, self.row.currency))

    @loaded(
        description="Whether orderCancel would do something for you now: cancel at once, or, when"
        " your time for that is over and the order's policy allows it, ask the seller;"
        " cancellationPreview.request tells which."
    )
    async def can_cancel(self, info: Info) -> bool:
        role = self.role(info)
        if not ORDER.allows(Command.CANCEL, self.row.status, role):
            return False  # whatever the clock and the policy say: nobody need ask them
        return await info.context.load.judge.can_cancel(self.row, role)

    @loaded(description="What you may do with it, now or at another time.")
    async def actions(self, info: Info) -> list[OrderAction]:
        return await info.context.load.judge.order_actions(self.row, self.role(info))

    @loaded(description="What happens by itself, unless somebody acts.")
    async def deadlines(self, info: Info) -> list[Deadline]:
        if self.row.disputed_at is not None:
            return []  # the dispute's own deadlines run instead
        now = await info.context.now()
        row = as_of(await info.context.load.judge.as_silence_left(self.row), now)
        found = running(TIMERS, running_clocks(row, now), row)
        return [Deadline.of(deadline, info.context.language) for deadline in found]

    @loaded(
        description="The request to cancel that is open, or else the newest cancellation, of all or"
        " of a part."
    )
    async def cancellation(
        self, info: Info
    ) -> Annotated["Cancellation", lazy("ordergraph.cancellations.graphql")] | None:
        return await info.context.load.cancellation_of_order(self.row.id)

    @loaded(description="Money promised or given back, oldest first.")
    async def refunds(
        self, info: Info
    ) -> list[Annotated["Refund", lazy("ordergraph.refunds.graphql")]]:
        return await info.context.load.refunds_of_order.load(self.row.id)

    @loaded(description="The newest dispute.")
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")] | None:
        return await info.context.load.dispute_of_order.load(self.row.id)

    @loaded(description="All disputes over it, oldest first; the last one is also `dispute`.")
    async def disputes(
        self, info: Info
    ) -> list[Annotated["Dispute", lazy("ordergraph.disputes.graphql")]]:
        return await info.context.load.disputes_of_order.load(self.row.id)

    @loaded(
        description="The newest withdrawal of the buyer's as a consumer; before it is confirmed, only"
        " the buyer sees it."
    )
    async def withdrawal(
        self, info: Info
    ) -> Annotated["Withdrawal", lazy("ordergraph.withdrawals.graphql")] | None:
        return await info.context.load.withdrawal.of_order.load(self.row.id)

    @loaded(
        description="Exactly what canceling now (all of it, or these lines) would give back,"
        " how and when."
    )
    async def cancellation_preview(
        self,
        info: Info,
        lines: list[LineQuantityInput] | None = None,
    ) -> Annotated["CancellationPreview", lazy("ordergraph.cancellations.graphql")]:
        return await info.context.load.judge.cancellation_preview(self.row, self.role(info), lines)

    @loaded(
        description="What a dispute could bring and cost, and until when it can be opened; with the"
        " reason (one of reasons(context: DISPUTE)) that you think of, who pays for a return."
    )
    async def dispute_preview(
        self, info: Info, reason_handle: str | None = None
    ) -> Annotated["DisputePreview", lazy("ordergraph.disputes.preview")]:
        return await info.context.load.judge.dispute_preview(
            self.row, self.role(info), reason_handle
        )

    @loaded(description="Everything that happened, oldest first.")
    async def timeline(
        self, info: Info, first: int = EVENTS, after: str | None = None
    ) -> Connection[Event]:
        wanted = Slice(first, after).of(TIMELINE)
        found = await info.context.load.timeline.load((self.row.id, wanted))
        return paged(found, TIMELINE, wanted, Event.of)

    @loaded(description="Whether the timeline is as it was written.")
    async def timeline_integrity(self, info: Info) -> TimelineIntegrity:
        return TimelineIntegrity.of(await info.context.load.timeline_of_order.load(self.row.id))


@strawberry.type
class OrderViewer:
    @strawberry.field(description="What you bought, newest first.")
    async def purchases(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        status: list[OrderStatus] | None = None,
    ) -> Connection[Order]:
        return await _traded(info, "buyer_id", status, Slice(first, after))

    @strawberry.field(description="What you sold, newest first.")
    async def sales(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        status: list[OrderStatus] | None = None,
    ) -> Connection[Order]:
        return await _traded(info, "seller_id", status, Slice(first, after))


async def _traded(
    info: Info, side: str, status: list[OrderStatus] | None, wanted: Slice
) -> Connection[Order]:
    mine = info.context.require_user()
    which = queries.where_seen(info.context.actor).also(f"orders.{side} = {{}}", mine)
    if status is not None:
        which = which.also("orders.status = ANY({}::text[])", [word.value for word in status])
    return await info.context.load.screens.page(info, which, wanted)


@strawberry.type
class OrderQuery:
    @strawberry.field(description="One order; null when there is none, or none of yours.")
    async def order(self, info: Info, id: relay.GlobalID) -> Order | None:  # noqa: A002  (GraphQL's word)
        info.context.require_user()
        order_id = peek(id, "Order")
        if order_id is None:
            return None
        found: Order | None = await Order.asked_for_alone(info, order_id)
        return found

    @strawberry.field(description="One order by the number that people see.")
    async def order_by_number(self, info: Info, number: str) -> Order | None:
        info.context.require_user()
        if not is_storable(number):
            return None
        wanted = number[:16].upper()
        which = queries.where_seen(info.context.actor).also("orders.number = {}::text", wanted)
        found: Order | None = await info.context.load.screens.alone(info, which)
        return found
