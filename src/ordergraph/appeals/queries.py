"""Reading appeals, and what one would stand on."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.appeals.models import Appeal
from ordergraph.appeals.process import AppealStatus, Ground
from ordergraph.disputes import queries as disputes
from ordergraph.disputes.decisions import queries as decisions
from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.models import Dispute, Evidence
from ordergraph.disputes.queries import Held
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order
from ordergraph.payments import queries as payments
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.models import Refund


class Facts(NamedTuple):
    """The rows that decide whether, and for how much, a side can appeal."""

    decision: Decision | None = None
    refund: Refund | None = None
    left: Money | None = None
    appeals: Sequence[Appeal] = ()
    later: Sequence[Dispute] = ()


def visible_to(actor: Actor) -> QuerySet[Appeal]:
    return Appeal.filter(orders.seen_by(actor, "order__"))


async def lock(tx: Tx, appeal_id: UUID) -> tuple[Appeal, Held]:
    """Hold the appeal, its order and dispute first: locks are taken in one sequence everywhere."""
    seen = await visible_to(tx.actor).get_or_none(id=appeal_id)
    if seen is None:
        raise NotFound(what="appeal")
    held = await disputes.lock(tx, seen.dispute_id)
    return await Appeal.select_for_update(no_key=True).get(id=appeal_id), held


async def claim(appeal_id: UUID) -> Appeal | None:
    """For sweeps: hold its order, or None when somebody else holds it just now."""
    seen = await Appeal.get(id=appeal_id)
    if await orders.claim(seen.order_id) is None:
        return None
    return await Appeal.select_for_update(no_key=True).get(id=appeal_id)


def waiting() -> QuerySet[Appeal]:
    """Appeals that the operator has not decided."""
    return Appeal.filter(status=AppealStatus.UNDER_REVIEW)


async def of_disputes(dispute_ids: Collection[UUID]) -> dict[UUID, list[Appeal]]:
    """The appeals of each dispute, oldest first; who may see them is decided by the dispute."""
    found: dict[UUID, list[Appeal]] = {dispute_id: [] for dispute_id in dispute_ids}
    for row in await Appeal.filter(dispute_id__in=list(dispute_ids)).order_by("made_at", "id"):
        found[row.dispute_id].append(row)
    return found


async def evidence_of(appeal_ids: Collection[UUID]) -> dict[UUID, list[Evidence]]:
    """What each appeal brought: only an appeal adds evidence to a dispute that is over."""
    appeals = await Appeal.filter(id__in=list(appeal_ids))
    rows = await Evidence.filter(dispute_id__in=[row.dispute_id for row in appeals]).order_by(
        "position"
    )
    return {
        appeal.id: [
            row
            for row in rows
            if row.dispute_id == appeal.dispute_id
            and row.author_role == appeal.made_by
            and row.submitted_at >= appeal.made_at
        ]
        for appeal in appeals
    }


async def ground_of(dispute: Dispute, order: Order) -> Ground:
    """What an appeal would stand on now. The caller holds the order's lock."""
    facts = Facts(
        (await decisions.standing([dispute.id])).get(dispute.id),
        (await refunds.of_causes([dispute.id])).get(dispute.id),
        await refunds.left_over(await payments.of_order(order.id)),
        (await of_disputes([dispute.id]))[dispute.id],
        disputes.after(dispute, (await disputes.of_orders([order.id]))[order.id]),
    )
    return ground(dispute, order, facts)


def ground(dispute: Dispute, order: Order, facts: Facts) -> Ground:
    """The same, out of rows that were read already."""
    nothing = Money(0, dispute.currency)
    missing = None
    if facts.decision is not None:
        assert facts.left is not None, "a disputed order was paid"
        refused = dispute.requested - facts.decision.amount
        missing = min(refused, facts.left)
    return Ground(
        dispute=dispute,
        missing=missing,
        taken=facts.refund.compensable if facts.refund else nothing,
        appeals=facts.appeals,
        window=order.policy.span("appeal_s"),
        later=facts.later,
    )
