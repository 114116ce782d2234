"""Reading webhooks: for operators."""

from typing import Self

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import peek
from ordergraph.api.pages import PAGE, Connection, Slice, page
from ordergraph.outgoing import queries
from ordergraph.outgoing.process import WebhookDeliveryStatus, catalogue
from ordergraph.outgoing.types import NEWEST, WebhookDelivery, WebhookEndpoint


@strawberry.type(description="A kind of event that endpoints can be told of. More may come.")
class WebhookEventKind:
    name: str = strawberry.field(description="Such as order.canceled.")
    description: str = strawberry.field(description="What has happened then.")
    members: list[str] = strawberry.field(description="What the message's data has.")

    @classmethod
    def all(cls) -> list[Self]:
        return [cls(name=name, description=says, members=has) for name, says, has in catalogue()]


@strawberry.type
class WebhookQuery:
    @strawberry.field(description="For operators: the endpoints that there are, newest first.")
    async def webhook_endpoints(
        self, info: Info, first: int = PAGE, after: str | None = None
    ) -> Connection[WebhookEndpoint]:
        info.context.require_operator()
        rows = queries.not_deleted(info.context.actor)
        return await page(rows, NEWEST, Slice(first, after), WebhookEndpoint.of)

    @strawberry.field(
        description="For operators: what was or is to be delivered in the last thirty days, newest"
        " first; of one endpoint, or in one state."
    )
    async def webhook_deliveries(
        self,
        info: Info,
        endpoint_id: relay.GlobalID | None = None,
        status: WebhookDeliveryStatus | None = None,
        first: int = PAGE,
        after: str | None = None,
    ) -> Connection[WebhookDelivery]:
        info.context.require_operator()
        rows = queries.deliveries_seen_by(info.context.actor)
        if endpoint_id is not None:
            rows = rows.filter(endpoint_id=peek(endpoint_id, "WebhookEndpoint"))
        if status is not None:
            rows = rows.filter(status=status)
        return await page(rows, NEWEST, Slice(first, after), WebhookDelivery.of)

    @strawberry.field(description="For operators: every kind of event that there is.")
    def webhook_event_types(self, info: Info) -> list[WebhookEventKind]:
        info.context.require_operator()
        return WebhookEventKind.all()
