"""Reading cancellations, and what an order has left to give back."""

from collections.abc import Collection, Sequence
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.plan import Left, left
from ordergraph.cancellations.process import CancellationStatus
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order
from ordergraph.payments import queries as payments
from ordergraph.refunds import queries as refunds


def visible_to(actor: Actor) -> QuerySet[Cancellation]:
    return Cancellation.filter(orders.seen_by(actor, "order__"))


async def lock(tx: Tx, cancellation_id: UUID) -> tuple[Order, Role]:
    """Hold the order that the cancellation belongs to, and with it all its cancellations."""
    seen = await visible_to(tx.actor).get_or_none(id=cancellation_id)
    if seen is None:
        raise NotFound(what="cancellation")
    return await orders.lock(tx, seen.order_id)


async def claim(cancellation_id: UUID) -> Cancellation | None:
    """For sweeps: hold its order, or None when somebody else holds it just now."""
    seen = await Cancellation.get(id=cancellation_id)
    if await orders.claim(seen.order_id) is None:
        return None
    return await Cancellation.get(id=cancellation_id)


def waiting() -> QuerySet[Cancellation]:
    """Requests that the seller has not answered."""
    return Cancellation.filter(status=CancellationStatus.REQUESTED)


async def of_orders(order_ids: Collection[UUID]) -> dict[UUID, list[Cancellation]]:
    """The cancellations of each order, oldest first; who may see them is decided by the order."""
    found: dict[UUID, list[Cancellation]] = {order_id: [] for order_id in order_ids}
    rows = Cancellation.filter(order_id__in=list(order_ids)).order_by("requested_at", "id")
    for row in await rows:
        found[row.order_id].append(row)
    return found


def foremost(rows: Sequence[Cancellation]) -> Cancellation | None:
    """Of one order's cancellations the one to show: what is open, or else the newest."""
    waiting_first = sorted(rows, key=lambda row: row.status is CancellationStatus.REQUESTED)
    return waiting_first[-1] if waiting_first else None


def newest_request(rows: Sequence[Cancellation]) -> Cancellation | None:
    """The last one that asked the seller, whatever became of it."""
    return next((row for row in reversed(rows) if row.response_due_at is not None), None)


async def request_of(order: Order) -> Cancellation | None:
    """The newest late request of an order; most policies know none."""
    if not order.policy.late_cancellation:
        return None
    return newest_request((await of_orders([order.id]))[order.id])


async def lines_of(cancellation_ids: Collection[UUID]) -> dict[UUID, list[CancellationLine]]:
    """How many of which line each cancellation is about."""
    found: dict[UUID, list[CancellationLine]] = {id_: [] for id_ in cancellation_ids}
    rows = CancellationLine.filter(cancellation_id__in=list(cancellation_ids))
    for row in await rows.order_by("id"):
        found[row.cancellation_id].append(row)
    return found


async def left_of(order: Order) -> Left:
    """What the order has not given back yet. The caller holds its lock."""
    payment = await payments.of_order(order.id)
    rows = (await refunds.of_orders([order.id]))[order.id]
    return left(order.shipping_minor, payment.refundable.minor, rows)
