"""Reading cancellations, and what an order has left to give back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.plan import Left, left
from ordergraph.cancellations.process import CancellationStatus
from ordergraph.infra.database import Tx
from ordergraph.infra.reading import fetch
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import NotFound
from ordergraph.kernel.text import is_storable
from ordergraph.marketplace.models import Reason, ReasonContext
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments import queries as payments
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.models import Refund


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


FOREMOST: Final = "part.status = 'REQUESTED' DESC, part.requested_at DESC, part.id DESC"
"""The same in SQL: sorted so, it is the first `part`."""


def newest_request(rows: Sequence[Cancellation]) -> Cancellation | None:
    """The last one that asked the seller, whatever became of it."""
    return next((row for row in reversed(rows) if row.response_due_at is not None), None)


async def request_of(order: Order) -> Cancellation | None:
    """The newest late request of an order; most policies know none."""
    if not order.late_cancellation:
        return None
    return newest_request((await of_orders([order.id]))[order.id])


async def lines_of(cancellation_ids: Collection[UUID]) -> dict[UUID, list[CancellationLine]]:
    """How many of which line each cancellation is about."""
    found: dict[UUID, list[CancellationLine]] = {id_: [] for id_ in cancellation_ids}
    rows = CancellationLine.filter(cancellation_id__in=list(cancellation_ids))
    for row in await rows.order_by("id"):
        found[row.cancellation_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Contents:
    """What an order is made of: its lines in their order, and its payment.

    `has_refunds`: whether there is any refund of it, whatever became of it; None where nobody has looked.
    """

    lines: Sequence[OrderLine]
    payment: Payment
    has_refunds: bool | None = None

    @property
    def never_gave(self) -> bool:
        """Whether nothing went back, and nothing was promised, ever."""
        now = self.payment.refunded_minor or self.payment.refund_reserved_minor
        return self.has_refunds is False and not now


async def contents_of(order: Order) -> Contents:
    """The caller holds the order's lock."""
    lines = (await orders.lines_of([order.id]))[order.id]
    return Contents(lines, await payments.of_order(order.id))


async def left_of(order: Order, contents: Contents) -> Left:
    """What the order has not given back yet. The caller holds its lock.

    Refunds are also looked at where nothing of the payment went back, or is promised: one that was given
    up may have gone back without us.
    """
    given: Sequence[Refund] = ()
    if not contents.never_gave:
        given = (await refunds.of_orders([order.id]))[order.id]
    return left(order, contents.payment.refundable, given)


@dataclass(frozen=True, slots=True)
class Held:
    """An order that is held, in which role, what it is made of, and the reason that is given."""

    order: Order
    role: Role
    contents: Contents
    reason: Reason | None


# Whoever waited for the order's lock gets each locked row as it is now; what is not locked, as it was
# before the wait. An order's lines never grow in number, its refunds do: those are read afterwards, if there
# was one. The first may come during the wait, but that the payment tells; and whatever else becomes of it
# takes its turn at the lock after us.
HOLD: Final = f"""
SELECT {{o}}, {{l}}, {{p}}, {{f}}, {{r}}
FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN payments p ON p.order_id = o.id
LEFT JOIN LATERAL (SELECT * FROM refunds WHERE order_id = o.id LIMIT 1) AS f ON true
LEFT JOIN reasons r ON r.context = '{ReasonContext.CANCELLATION}' AND r.handle = $6 AND NOT r.retired
WHERE o.id = $5 AND {orders.SIGHT} ORDER BY l.position
FOR NO KEY UPDATE OF o, p, l"""  # noqa: S608  (no value from outside)


async def hold(tx: Tx, order_id: UUID, reason_handle: str) -> Held:
    """Lock the order with all that canceling looks at, in one statement: order, payment, lines."""
    handle = reason_handle if is_storable(reason_handle) else ""
    values = [*orders.sight(tx.actor), order_id, handle]
    rows = await fetch(HOLD, values, o=Order, l=OrderLine, p=Payment, f=Refund, r=Reason)
    if not rows:
        raise NotFound(what="order")
    order, _, payment, refund, reason = rows[0]
    contents = Contents([row[1] for row in rows], payment, has_refunds=refund is not None)
    return Held(order, orders.role_of(tx, order), contents, reason)
