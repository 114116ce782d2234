"""Reading cancellations."""

from collections.abc import Collection
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.cancellations.models import Cancellation
from ordergraph.kernel.actor import Actor
from ordergraph.orders import queries as orders


def visible_to(actor: Actor) -> QuerySet[Cancellation]:
    return Cancellation.filter(orders.seen_by(actor, "order__"))


async def latest_of_orders(order_ids: Collection[UUID]) -> dict[UUID, Cancellation]:
    """The newest cancellation of each order; who may see it is decided by the order."""
    rows = await Cancellation.filter(order_id__in=list(order_ids)).order_by("requested_at", "id")
    return {row.order_id: row for row in rows}
