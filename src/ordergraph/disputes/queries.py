"""Reading disputes and their threads. Every query starts from what the actor may see."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from tortoise import connections
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from ordergraph.disputes.models import (
    Dispute,
    DisputeLine,
    Evidence,
    Message,
    ReadMark,
    ReturnAddress,
)
from ordergraph.disputes.process import came_to_nothing
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeStage,
    DisputeStatus,
    EvidenceType,
    ReturnAcknowledgement,
)
from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.rows import Seen
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order


class Held(NamedTuple):
    """A dispute and its order, both locked, and the role in which the actor meets them."""

    dispute: Dispute
    order: Order
    role: Role


def visible_to(actor: Actor) -> QuerySet[Dispute]:
    return Dispute.filter(orders.seen_by(actor, "order__"))


async def seen(dispute_ids: Collection[UUID]) -> dict[UUID, Seen[Dispute]]:
    """These disputes, each with its version: every message counts it up, too."""
    rows = await Dispute.filter(id__in=list(dispute_ids)).select_related("order")
    return {row.id: Seen(row, row.version, row.order.parties) for row in rows}


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    return Message.filter(orders.seen_by(actor, "dispute__order__"))


def evidence_visible_to(actor: Actor) -> QuerySet[Evidence]:
    return Evidence.filter(orders.seen_by(actor, "dispute__order__"))


async def lock(tx: Tx, dispute_id: UUID) -> Held:
    """Hold the dispute, its order first: locks are taken in one sequence everywhere."""
    seen = await visible_to(tx.actor).get_or_none(id=dispute_id)
    if seen is None:
        raise NotFound(what="dispute")
    order, role = await orders.lock(tx, seen.order_id)
    dispute = await Dispute.select_for_update(no_key=True).get(id=dispute_id)
    return Held(dispute, order, role)


async def claim(dispute_id: UUID) -> Dispute | None:
    """For sweeps: hold order and dispute, or None when somebody else holds them just now."""
    seen = await Dispute.get(id=dispute_id)
    if await orders.claim(seen.order_id) is None:
        return None
    return await Dispute.select_for_update(no_key=True).get(id=dispute_id)


async def newest_of_orders(order_ids: Collection[UUID]) -> dict[UUID, Dispute]:
    """The newest dispute of each order; who may see it is decided by the order."""
    rows = await Dispute.filter(order_id__in=list(order_ids)).order_by("opened_at", "id")
    return {row.order_id: row for row in rows}


async def of_orders(order_ids: Collection[UUID]) -> dict[UUID, list[Dispute]]:
    """All disputes of each order, oldest first; who may see them is decided by the order."""
    found: dict[UUID, list[Dispute]] = {order_id: [] for order_id in order_ids}
    for row in await Dispute.filter(order_id__in=list(order_ids)).order_by("opened_at", "id"):
        found[row.order_id].append(row)
    return found


async def told_in(event_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """For events that tell of a dispute, which one it is: whatever happened in it, they name it."""
    rows = EventRow.filter(id__in=list(event_ids))
    facts = await rows.values_list("id", "data")
    return {id_: UUID(str(data["dispute_id"])) for id_, data in facts if "dispute_id" in data}


def standing(disputes: Sequence[Dispute]) -> Dispute | None:
    """Of an order's disputes, oldest first: the newest that is open, or has decided something."""
    return next((row for row in reversed(disputes) if not came_to_nothing(row)), None)


def after(dispute: Dispute, disputes: Sequence[Dispute]) -> Sequence[Dispute]:
    """Of an order's disputes, oldest first: those that were opened later than this one."""
    ids = [row.id for row in disputes]
    return disputes[ids.index(dispute.id) + 1 :]


async def is_first(dispute: Dispute) -> bool:
    """Whether the order had no other dispute before."""
    return not await Dispute.filter(order_id=dispute.order_id).exclude(id=dispute.id).exists()


async def goes_on(order_id: UUID) -> bool:
    """Whether a dispute over the order is open, or an appeal: its dispute's stage says so."""
    going_on = ~Q(status=DisputeStatus.RESOLVED) | Q(stage=DisputeStage.APPEAL)
    return await Dispute.filter(going_on, order_id=order_id).exists()


async def lines_of(dispute_ids: Collection[UUID]) -> dict[UUID, list[DisputeLine]]:
    """The pieces that each dispute is about."""
    found: dict[UUID, list[DisputeLine]] = {dispute_id: [] for dispute_id in dispute_ids}
    for row in await DisputeLine.filter(dispute_id__in=list(dispute_ids)).order_by("id"):
        found[row.dispute_id].append(row)
    return found


SENT_BACK: Final = Q(
    dispute__status=DisputeStatus.RESOLVED, dispute__return_shipped_at__isnull=False
)
CONTESTED: Final = Q(
    dispute__return_answer__in=[
        answer
        for answer in ReturnAcknowledgement
        if answer is not ReturnAcknowledgement.ITEM_RECEIVED
    ]
)
DECIDED: Final = Q(
    dispute__return_answer__isnull=True,
    dispute__decided_by__in=[by for by in DecidedBy if by is not DecidedBy.DEADLINE],
)
"""The seller has said nothing of the goods, and it was not their silence that ended it."""


async def settled_pieces(order_ids: Collection[UUID]) -> dict[UUID, Counter[UUID]]:
    """Of each order's lines, how many pieces were sent back and do not count as returned: what they
    give back was decided, or agreed on, and is no longer what they cost.
    """
    found: dict[UUID, Counter[UUID]] = {order_id: Counter() for order_id in order_ids}
    rows = DisputeLine.filter(
        SENT_BACK & (CONTESTED | DECIDED), dispute__order_id__in=list(order_ids)
    )
    for row in await rows.select_related("dispute"):
        found[row.dispute.order_id][row.order_line_id] += row.quantity
    return found


def return_addresses_visible_to(actor: Actor) -> QuerySet[ReturnAddress]:
    """One's own, all for the office, and for a buyer those where they have agreed to send goods."""
    if actor.office:
        return ReturnAddress.all()
    agreed = visible_to(actor).filter(return_paid_by__isnull=False)
    sellers = agreed.exclude(status=DisputeStatus.RESOLVED).values("order__seller_id")
    shown = Q(replaced_at__isnull=True, seller_id__in=Subquery(sellers))
    return ReturnAddress.filter(Q(seller_id=actor.user_id) | shown)


async def return_addresses(seller_ids: Collection[UUID]) -> dict[UUID, ReturnAddress]:
    """The address that each of these sellers has now; who may see it is decided by the dispute."""
    rows = await ReturnAddress.filter(seller_id__in=list(seller_ids), replaced_at=None)
    return {row.seller_id: row for row in rows}


async def return_address_at(seller_id: UUID, at: datetime) -> ReturnAddress | None:
    """The address that the seller had at that moment."""
    rows = ReturnAddress.filter(seller_id=seller_id, changed_at__lte=at)
    return await rows.order_by("-version").first()


def thread(dispute_id: UUID) -> QuerySet[Message]:
    """The messages of one dispute; ask `visible_to` for the dispute first."""
    return Message.filter(dispute_id=dispute_id)


async def thread_after(dispute_id: UUID, position: int, limit: int) -> list[Message]:
    """The next messages after a position, in their order."""
    rows = thread(dispute_id).filter(position__gt=position)
    return await rows.order_by("position").limit(limit)


async def thread_head(dispute_id: UUID) -> int:
    """The position of the newest message; 0 when there is none."""
    last = await thread(dispute_id).order_by("-position").first()
    return last.position if last else 0


def evidence(dispute_id: UUID) -> QuerySet[Evidence]:
    """What was handed in; ask `visible_to` for the dispute first."""
    return Evidence.filter(dispute_id=dispute_id)


async def evidence_had(dispute_ids: Collection[UUID]) -> dict[UUID, set[tuple[Role, EvidenceType]]]:
    """Who handed in what, in each of these disputes."""
    had: dict[UUID, set[tuple[Role, EvidenceType]]] = {id_: set() for id_ in dispute_ids}
    rows = Evidence.filter(dispute_id__in=list(dispute_ids)).distinct()
    for id_, role, type_ in await rows.values_list("dispute_id", "author_role", "type"):
        had[id_].add((Role[role], type_))
    return had


async def read_up_to(user_id: UUID, dispute_id: UUID) -> int:
    """The position up to which this person has read; 0 is nothing."""
    marks = ReadMark.filter(user_id=user_id, dispute_id=dispute_id)
    last = await marks.order_by("-position").first()
    return last.position if last else 0


OPEN: Final = "part.status <> 'RESOLVED' AND part.refund_by_at IS NULL"
"""Which disputes count: not appeals, nor what the law grants. `part` is a dispute."""
OPEN_OF_BUYERS: Final = f"""
SELECT o.buyer_id, count(*) AS open
FROM orders o JOIN disputes part ON part.order_id = o.id
WHERE o.buyer_id = ANY($1::uuid[]) AND o.disputed_at IS NOT NULL AND {OPEN}
GROUP BY o.buyer_id
"""  # noqa: S608  (nothing of it comes from outside)


async def open_of_buyers(buyer_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many disputes each of these buyers has open; who has none is not in it."""
    rows = await connections.get("default").execute_query_dict(OPEN_OF_BUYERS, [list(buyer_ids)])
    return {row["buyer_id"]: row["open"] for row in rows}


UNREAD = """
SELECT m.dispute_id, count(*) AS unread
FROM messages m
LEFT JOIN (SELECT dispute_id, max(position) AS position FROM read_marks
           WHERE user_id = $1 AND dispute_id = ANY($2::uuid[]) GROUP BY dispute_id) r
       ON r.dispute_id = m.dispute_id
WHERE m.dispute_id = ANY($2::uuid[]) AND m.author_id IS DISTINCT FROM $1::uuid
  AND m.position > coalesce(r.position, 0)
GROUP BY m.dispute_id
"""


async def unread(user_id: UUID, dispute_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many messages of others this person has not read, for each dispute that has any."""
    rows = await connections.get("default").execute_query_dict(UNREAD, [user_id, list(dispute_ids)])
    return {row["dispute_id"]: row["unread"] for row in rows}


READ_AT: Final = """(
SELECT min(r.read_at) FROM read_marks r WHERE r.dispute_id = part.dispute_id AND r.position >= part.position
AND r.user_id IN (orders.buyer_id, orders.seller_id) AND r.user_id IS DISTINCT FROM part.author_id)"""
"""When a party that did not write a message, called `part`, first had it read."""
READ_BY_OTHER: Final = f"""
SELECT part.id, {READ_AT} AS read_at
FROM messages part JOIN disputes d ON d.id = part.dispute_id JOIN orders ON orders.id = d.order_id
WHERE part.id = ANY($1::uuid[])
"""  # noqa: S608  (nothing of it comes from outside)


async def read_by_other(message_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When a party that did not write the message first had it read."""
    rows = await connections.get("default").execute_query_dict(READ_BY_OTHER, [list(message_ids)])
    return {row["id"]: row["read_at"] for row in rows if row["read_at"]}
