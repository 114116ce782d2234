"""Reading withdrawals. Every query starts from what the actor may see."""

from collections.abc import Collection
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor
from ordergraph.orders import queries as orders
from ordergraph.withdrawals.events import WithdrawalConfirmed
from ordergraph.withdrawals.models import Document, Withdrawal, WithdrawalLine


def visible_to(actor: Actor) -> QuerySet[Withdrawal]:
    """Whoever sees the order sees what was confirmed; a draft is the buyer's alone."""
    drafted = Q(confirmed_at__isnull=False) | Q(order__buyer_id=actor.user_id)
    return Withdrawal.filter(orders.seen_by(actor, "order__") & drafted)


def documents_visible_to(actor: Actor) -> QuerySet[Document]:
    return Document.filter(orders.seen_by(actor, "order__"))


async def newest_of_orders(actor: Actor, order_ids: Collection[UUID]) -> dict[UUID, Withdrawal]:
    """The newest withdrawal of each order that the actor may see."""
    rows = visible_to(actor).filter(order_id__in=list(order_ids))
    return {row.order_id: row for row in await rows.order_by("started_at", "id")}


async def lines_of(withdrawal_ids: Collection[UUID]) -> dict[UUID, list[WithdrawalLine]]:
    """What each withdrawal is about, in the order's own order."""
    found: dict[UUID, list[WithdrawalLine]] = {id_: [] for id_ in withdrawal_ids}
    rows = WithdrawalLine.filter(withdrawal_id__in=list(withdrawal_ids))
    for row in await rows.order_by("order_line__position"):
        found[row.withdrawal_id].append(row)
    return found


async def told_in(event_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """For events that tell of a withdrawal, which one it is."""
    rows = EventRow.filter(id__in=list(event_ids), type=WithdrawalConfirmed.type)
    return {row.id: UUID(str(row.data["withdrawal_id"])) for row in await rows}
