"""What the tests of the feed share: the documents that clients send, and telling what waits."""

from typing import Any

from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.telling import deliver
from tests.market import ADA, Market, gid

FEED = """
query Feed($first: Int! = 20, $after: String, $unreadOnly: Boolean! = false) {
  viewer {
    unreadNotificationCount
    notifications(first: $first, after: $after, unreadOnly: $unreadOnly) {
      edges { cursor node { id type title side createdAt readAt order { id number } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""

CANCEL = """
mutation Cancel($id: ID!, $reason: String!) {
  orderCancel(input: {orderId: $id, reasonHandle: $reason}) {
    ... on OrderCancelSuccess { refund { id } }
    ... on UserError { message }
  }
}"""

RELEASE = """
mutation Release($id: ID!) {
  refundRelease(input: {refundId: $id}) { __typename ... on UserError { message } }
}"""

MARK_READ = """
mutation MarkRead($upTo: ID) {
  notificationsMarkRead(input: {upTo: $upTo}) {
    __typename
    ... on NotificationsMarkReadSuccess { unreadNotificationCount }
    ... on UserError { message }
  }
}"""

ADDED = """
subscription Added($after: String) {
  notificationAdded(after: $after) { cursor node { type title order { number } } }
}"""


async def tell(market: Market) -> int:
    """Do what the worker does."""
    return await deliver(market.hub, market.clock, limit=100)


async def tell_all_again() -> None:
    """Put every event back into the outbox, as if its telling had been cut off."""
    await OutboxRow.bulk_create(OutboxRow(event_id=row.id) for row in await EventRow.all())


async def feed(market: Market, actor: Actor, **variables: Any) -> list[dict[str, Any]]:
    found = await market.ask(actor, FEED, **variables)
    return [edge["node"] for edge in found["viewer"]["notifications"]["edges"]]


async def types(market: Market, actor: Actor) -> list[str]:
    return [node["type"] for node in await feed(market, actor)]


async def unread(market: Market, actor: Actor) -> int:
    found = await market.ask(actor, FEED)
    count: int = found["viewer"]["unreadNotificationCount"]
    return count


async def cancel(market: Market, order: Order, actor: Actor = ADA) -> str:
    """Cancel it, and return the refund's id."""
    reason = "no-longer-needed" if actor is ADA else "out-of-stock"
    answer = await market.ask(actor, CANCEL, id=gid("Order", order.id), reason=reason)
    refund_id: str = answer["orderCancel"]["refund"]["id"]
    return refund_id
