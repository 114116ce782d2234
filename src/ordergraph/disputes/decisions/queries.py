"""Reading decisions: the parties see what was carried out, operators see proposals, too."""

from collections.abc import Collection
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from ordergraph.disputes.decisions.models import Decision, DecisionTemplate
from ordergraph.disputes.decisions.process import DecisionStatus
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import is_handle
from ordergraph.orders import queries as orders

SHOWN = (DecisionStatus.CONFIRMED, DecisionStatus.OVERTAKEN)
"""What was carried out: the rest is the operators' own business."""


def visible_to(actor: Actor) -> QuerySet[Decision]:
    """Staff who are a party to the order are a party here, and see no proposals."""
    seen = Decision.filter(orders.seen_by(actor, "dispute__order__"))
    carried_out = Q(status__in=SHOWN)
    if not actor.office:
        return seen.filter(carried_out)
    own = Q(dispute__order__buyer_id=actor.user_id) | Q(dispute__order__seller_id=actor.user_id)
    return seen.filter(carried_out | ~own) if actor.user_id else seen


async def standing(dispute_ids: Collection[UUID]) -> dict[UUID, Decision]:
    """The decision that each dispute was ended or sent on by, if an operator's did."""
    rows = Decision.filter(dispute_id__in=list(dispute_ids), status=DecisionStatus.CONFIRMED)
    return {row.dispute_id: row for row in await rows}


async def proposed(dispute_ids: Collection[UUID]) -> dict[UUID, Decision]:
    """The proposal that waits for a second operator; show it to operators only."""
    rows = Decision.filter(dispute_id__in=list(dispute_ids), status=DecisionStatus.PROPOSED)
    return {row.dispute_id: row for row in await rows}


def templates() -> QuerySet[DecisionTemplate]:
    """What operators may choose today, in the order to show it."""
    return DecisionTemplate.filter(retired=False).order_by("position")


async def template(handle: str) -> DecisionTemplate:
    """Return the template of that handle, or refuse."""
    found = await templates().get_or_none(handle=handle) if is_handle(handle) else None
    if found is None:
        raise InvalidInput(field="templateHandle", problem="not a template that there is today")
    return found
