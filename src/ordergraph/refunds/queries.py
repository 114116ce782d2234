"""Reading refunds, and finding those that want something done."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.infra.database import Tx
from ordergraph.infra.reading import fetch
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order
from ordergraph.payments.models import Payment
from ordergraph.refunds import sums
from ordergraph.refunds.models import Refund, RefundAttempt, RefundLine
from ordergraph.refunds.process import CALLED_OFF, RefundCause, RefundStatus


def visible_to(actor: Actor) -> QuerySet[Refund]:
    return Refund.filter(orders.seen_by(actor, "order__"))


@dataclass(frozen=True, slots=True)
class Due:
    """Which refunds a list shows: of these states, or of all; before this moment; after this place."""

    statuses: Collection[RefundStatus] | None
    before: datetime | None
    after: Sequence[object] | None
    limit: int


# The index is walked once for each state: one walk through all of them would pass every refund that
# is over before it came to those that wait.
DUE_FIRST: Final = f"""
SELECT {{r}} FROM unnest($5::text[]) AS wanted(status) CROSS JOIN LATERAL (
    SELECT r.* FROM refunds r JOIN orders o ON o.id = r.order_id
    WHERE r.status = wanted.status AND {orders.SIGHT} AND ($6::timestamptz IS NULL OR r.due_at < $6)
    AND ($7::timestamptz IS NULL OR (r.due_at, r.id) > ($7, $8::uuid))
    ORDER BY r.due_at, r.id LIMIT $9
) r ORDER BY r.due_at, r.id LIMIT $9"""  # noqa: S608  (no value from outside)


async def due_first(actor: Actor, due: Due) -> list[Refund]:
    """So many of them, the one that is due first at the top."""
    statuses = list(RefundStatus) if due.statuses is None else due.statuses
    names = list(dict.fromkeys(status.value for status in statuses))
    after = due.after or (None, None)
    found = await fetch(
        DUE_FIRST, [*orders.sight(actor), names, due.before, *after, due.limit], r=Refund
    )
    return [refund for (refund,) in found]


LOCK: Final = f"""
SELECT {{o}}, {{r}} FROM refunds r JOIN orders o ON o.id = r.order_id
WHERE r.id = $5 AND {orders.SIGHT} FOR NO KEY UPDATE OF o, r"""  # noqa: S608  (no value from outside)


async def lock(tx: Tx, refund_id: UUID) -> tuple[Refund, Order, Role]:
    """Hold the refund, its order first: locks are taken in one sequence everywhere."""
    rows = await fetch(LOCK, [*orders.sight(tx.actor), refund_id], o=Order, r=Refund)
    if not rows:
        raise NotFound(what="refund")
    ((order, refund),) = rows
    return refund, order, orders.role_of(tx, order)


# Order and refund are locked together, or the row is left out: whoever holds many waits for nobody.
CLAIM: Final = """
SELECT {r}, {p} FROM refunds r JOIN orders o ON o.id = r.order_id JOIN payments p ON p.id = r.payment_id
WHERE r.id = ANY($1) FOR NO KEY UPDATE OF o, r SKIP LOCKED"""


async def claim_many(refund_ids: Collection[UUID]) -> list[tuple[Refund, Payment]]:
    """Hold orders and refunds, as far as nobody else holds them just now; each with its payment."""
    rows = await fetch(CLAIM, [list(refund_ids)], r=Refund, p=Payment)
    return [(refund, payment) for refund, payment in rows]


async def lock_many(tx: Tx, refund_ids: Sequence[UUID]) -> list[Refund]:
    """Hold one refund of each order, as far as nobody else holds it; a single one is waited for."""
    if len(refund_ids) == 1:
        refund, _, _ = await lock(tx, refund_ids[0])
        return [refund]
    held = await claim_many(refund_ids)
    return list({refund.order_id: refund for refund, _ in held}.values())


async def claim(refund_id: UUID) -> Refund | None:
    """For sweeps: hold order and refund, or None when somebody else holds them just now."""
    seen = await Refund.get(id=refund_id)
    if await orders.claim(seen.order_id) is None:
        return None
    return await Refund.select_for_update(no_key=True).get(id=refund_id)


def to_attempt() -> QuerySet[Refund]:
    """Refunds that are with the gateway, or should be; `next_attempt_at` says when to look."""
    return Refund.filter(status__in=[RefundStatus.PROCESSING, RefundStatus.PENDING])


async def of_orders(order_ids: Collection[UUID]) -> dict[UUID, list[Refund]]:
    """The refunds of each order, oldest first; who may see them is decided by the order."""
    found: dict[UUID, list[Refund]] = {order_id: [] for order_id in order_ids}
    for row in await Refund.filter(order_id__in=list(order_ids)).order_by("created_at", "id"):
        found[row.order_id].append(row)
    return found


async def lines_of(refund_ids: Collection[UUID]) -> dict[UUID, list[RefundLine]]:
    found: dict[UUID, list[RefundLine]] = {refund_id: [] for refund_id in refund_ids}
    for row in await RefundLine.filter(refund_id__in=list(refund_ids)).order_by("id"):
        found[row.refund_id].append(row)
    return found


async def of_causes(cause_ids: Collection[UUID]) -> dict[UUID, Refund]:
    """The refund that each cancellation or dispute led to."""
    return {row.cause_id: row for row in await Refund.filter(cause_id__in=list(cause_ids))}


async def attempts_of(refund_ids: Collection[UUID]) -> dict[UUID, list[RefundAttempt]]:
    """Each try to send a refund, oldest first."""
    found: dict[UUID, list[RefundAttempt]] = {refund_id: [] for refund_id in refund_ids}
    for row in await RefundAttempt.filter(refund_id__in=list(refund_ids)).order_by("number"):
        found[row.refund_id].append(row)
    return found


async def given_for_pieces(order_id: UUID) -> Counter[UUID]:
    """Of each line, what gifts gave back for pieces that they named, in minor units."""
    gifts = RefundLine.filter(refund__order_id=order_id, refund__cause=RefundCause.GOODWILL)
    found = Counter[UUID]()
    for part in await gifts.exclude(refund__status__in=list(CALLED_OFF)).filter(quantity__gt=0):
        found[part.order_line_id] += part.amount_minor
    return found


async def left_over(payment: Payment) -> Money:
    """What of it the buyer has not got, by whatever way. The caller holds its order's lock."""
    return sums.left_over(payment.refundable, await Refund.filter(order_id=payment.order_id))


async def shipping_back(order_id: UUID) -> int:
    """What of the order's shipping was given or promised back, in minor units."""
    return sums.shipping_back(await Refund.filter(order_id=order_id))
