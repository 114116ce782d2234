"""The feed in the API."""

from collections.abc import AsyncGenerator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.api.columns import column
from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Connection, Edge, Key, Slice, paged
from ordergraph.api.ready import loaded
from ordergraph.api.refusals import CommonError
from ordergraph.infra.patience import patiently
from ordergraph.kernel.actor import Role
from ordergraph.notifications import acquaintances, actions, models, queries
from ordergraph.notifications.lines import line

if TYPE_CHECKING:
    from ordergraph.disputes.graphql import Dispute
    from ordergraph.orders.graphql import Order
    from ordergraph.withdrawals.graphql import Withdrawal

FEED: Final = Key(("position",), newest_first=True)
REPLAYED_AT_ONCE: Final = 100


@strawberry.type(description="Something you were told, mostly about one of your orders.")
class Notification(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_notification"

    id: relay.NodeID[UUID]
    type: str = column("type", "The event's name, such as order.canceled.")
    side: Role = column("side", "As what you were told: buyer, seller or operator.")
    created_at: datetime = column("created_at", "When it happened.")
    read_at: datetime | None = column("read_at", "When you read it; null before.")
    row: strawberry.Private[models.Notification]

    @classmethod
    def of(cls, row: models.Notification) -> Self:
        return cls(id=row.id, row=row)

    @strawberry.field(description="One line, in the language of Accept-Language.")
    def title(self, info: Info) -> str:
        return line(self.row, info.context.language)

    @loaded(description="The order that it is about; null for what operators are told of no order.")
    async def order(
        self, info: Info
    ) -> Annotated["Order", lazy("ordergraph.orders.graphql")] | None:
        if self.row.order_id is None:
            return None
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who is told of an order sees it"
        return order

    @loaded(
        description="The dispute that it is about, or whose return or appeal, though the order may have"
        " had others since; null for everything else. A withdrawal leads to its own."
    )
    async def dispute(
        self, info: Info
    ) -> Annotated["Dispute", lazy("ordergraph.disputes.graphql")] | None:
        return await info.context.load.dispute_of_event.load(self.row.event_id)

    @loaded(
        description="The withdrawal that withdrawal.confirmed tells of, with its acknowledgement;"
        " null for everything else."
    )
    async def withdrawal(
        self, info: Info
    ) -> Annotated["Withdrawal", lazy("ordergraph.withdrawals.graphql")] | None:
        return await info.context.load.withdrawal.of_event.load(self.row.event_id)


@strawberry.type
class NotificationViewer:
    @strawberry.field(description="What you were told, newest first.")
    async def notifications(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        unread_only: bool = False,
    ) -> Connection[Notification]:
        wanted = Slice(first, after)
        limit, before = wanted.size + 1, FEED.place(after)[0] if after is not None else None
        actor = info.context.actor
        found = await queries.newest(actor, unread_only=unread_only, before=before, limit=limit)
        return paged(found, FEED, wanted, Notification.of)

    @strawberry.field(
        description="Whether you are told by e-mail, too, where this installation sends any and your"
        " token names an address."
    )
    async def email_notifications(self, info: Info) -> bool:
        return await acquaintances.wants_emails(info.context.require_user())

    @strawberry.field(description="How many of them you have not read.")
    async def unread_notification_count(self, info: Info) -> int:
        return await queries.count_unread(info.context.actor)


@strawberry.input(description="How far you have read.")
class NotificationsMarkReadInput:
    up_to: relay.GlobalID | None = strawberry.field(
        default=None,
        description="The newest notification that you have seen: this one and all older ones"
        " count as read. Without it, all there are.",
    )


@strawberry.type(description="Noted.")
class NotificationsMarkReadSuccess:
    @strawberry.field(description="How many are still unread: those that came later.")
    async def unread_notification_count(self, info: Info) -> int:
        return await queries.count_unread(info.context.actor)


NotificationsMarkReadResult = Annotated[
    NotificationsMarkReadSuccess | CommonError, strawberry.union("NotificationsMarkReadResult")
]


@strawberry.input(description="Whether to be told by e-mail, too.")
class EmailNotificationsSetInput:
    wanted: bool = strawberry.field(
        description="No: nothing more is mailed. Yes: in the language of this request."
    )


@strawberry.type(description="Noted.")
class EmailNotificationsSetSuccess:
    @strawberry.field(description="What holds now.")
    async def email_notifications(self, info: Info) -> bool:
        return await acquaintances.wants_emails(info.context.require_user())


EmailNotificationsSetResult = Annotated[
    EmailNotificationsSetSuccess | CommonError, strawberry.union("EmailNotificationsSetResult")
]


@strawberry.type
class NotificationMutation:
    @mutation(description="Say whether you want to be told by e-mail, too.")
    async def email_notifications_set(
        self,
        info: Info,
        input: EmailNotificationsSetInput,  # noqa: A002  (GraphQL's word)
    ) -> EmailNotificationsSetResult:
        user_id, language = info.context.require_user(), info.context.language
        async with info.context.transaction() as tx:
            await acquaintances.want_emails(user_id, language, tx.now, wanted=input.wanted)
        return EmailNotificationsSetSuccess()

    @mutation(
        description="Say how far you have read what you were told.",
        exempt="a mark that only moves forward: repeating it changes nothing",
    )
    async def notifications_mark_read(
        self,
        info: Info,
        input: NotificationsMarkReadInput,  # noqa: A002  (GraphQL's word)
    ) -> NotificationsMarkReadResult:
        up_to = uuid_of(input.up_to, "Notification") if input.up_to else None
        async with info.context.transaction() as tx:
            await actions.mark_read(tx, up_to)
        return NotificationsMarkReadSuccess()


@strawberry.type
class NotificationSubscription:
    @strawberry.subscription(
        description="Each thing you are told from now on; with a cursor, first whatever came"
        " after it, so that a lost connection loses nothing."
    )
    async def notification_added(
        self, info: Info, after: str | None = None
    ) -> AsyncGenerator[Edge[Notification], None]:
        user_id, actor = info.context.require_user(), info.context.actor
        async with info.context.desk.hub.listen(f"user:{user_id}") as nudged:
            head = (await patiently(partial(queries.heads, [user_id])))[user_id]
            place = head if after is None else FEED.reached(after, head)
            while True:
                rows = await patiently(
                    partial(queries.beyond, actor, place, limit=REPLAYED_AT_ONCE)
                )
                for row in rows:
                    place = row.position
                    yield Edge(cursor=FEED.cursor(row), node=Notification.of(row))
                if len(rows) < REPLAYED_AT_ONCE:
                    await nudged()
