"""What waits for the operators, in the API: their queue, and the templates they decide with."""

from decimal import Decimal
from typing import Final
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from ordergraph.api.context import Info
from ordergraph.api.faults import BadUserInput
from ordergraph.api.ids import peek
from ordergraph.api.pages import PAGE, Connection, Key, Slice, page
from ordergraph.api.scalars import CurrencyCode, publish, read_money
from ordergraph.disputes import models, queries
from ordergraph.disputes.decisions import queries as decisions
from ordergraph.disputes.decisions.graphql import DecisionTemplate
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.words import DisputeStage, DisputeStatus
from ordergraph.kernel.text import is_handle
from ordergraph.kernel.words import Words

MOST_URGENT: Final = Key(("decision_due_at", "id"), newest_first=False)
WAITS: Final = Q(status=DisputeStatus.UNDER_REVIEW) | Q(stage=DisputeStage.APPEAL)
"""The condition of the index disputes_queue, in its words."""


@publish
class Assigned(Words):
    """Who looks after a dispute. More values may come."""

    ME = "ME", "You."
    NOBODY = "NOBODY", "No operator yet."
    ANYBODY = "ANYBODY", "Some operator, whoever it is."


@strawberry.input(description="An amount to compare with, in one currency.")
class AmountOverInput:
    amount: Decimal = strawberry.field(description="The amount.")
    currency_code: CurrencyCode = strawberry.field(description="Its currency.")


@strawberry.input(description="Which disputes to list; what is left out restricts nothing.")
class DisputeQueueFilterInput:
    stage: DisputeStage | None = strawberry.field(
        default=None, description="MEDIATION for first decisions, APPEAL for appeals."
    )
    reason_handle: str | None = strawberry.field(
        default=None, description="Only what was opened for this reason."
    )
    assigned: Assigned | None = strawberry.field(
        default=None, description="Only what you, nobody or anybody looks after."
    )
    assigned_to: relay.GlobalID | None = strawberry.field(
        default=None, description="Only what this operator looks after: the id of a user."
    )
    seller: relay.GlobalID | None = strawberry.field(
        default=None, description="Only what is about orders of this seller: the id of a user."
    )
    amount_over: AmountOverInput | None = strawberry.field(
        default=None, description="Only what asks for more than this, in its currency."
    )


@strawberry.type
class QueueQuery:
    @strawberry.field(
        description="For operators: the disputes that wait for a decision of theirs, on the dispute"
        " or on an appeal; the one that has to be decided soonest comes first."
    )
    async def dispute_queue(
        self,
        info: Info,
        first: int = PAGE,
        after: str | None = None,
        filter: DisputeQueueFilterInput | None = None,  # noqa: A002  (GraphQL's word)
    ) -> Connection[Dispute]:
        info.context.require_operator()
        rows = waiting(queries.visible_to(info.context.actor), filter, info.context.require_user())
        return await page(rows, MOST_URGENT, Slice(first, after), Dispute.of)

    @strawberry.field(description="For operators: what they often decide, in words for both sides.")
    async def decision_templates(self, info: Info) -> list[DecisionTemplate]:
        info.context.require_operator()
        return [DecisionTemplate.of(row) for row in await decisions.templates()]


def waiting(
    rows: QuerySet[models.Dispute], wanted: DisputeQueueFilterInput | None, me: UUID
) -> QuerySet[models.Dispute]:
    """Of these disputes the ones that wait for an operator, and pass the filter.

    Staff who are a party are a party there: no filter tells them who looks after it.
    """
    rows = rows.filter(WAITS).exclude(Q(buyer_id=me) | Q(seller_id=me))  # they decide nothing there
    if wanted is None:
        return rows
    if wanted.stage is not None:
        rows = rows.filter(stage=wanted.stage)
    if wanted.reason_handle is not None:
        rows = rows.filter(reason__handle=_possible(wanted.reason_handle))
    if wanted.seller is not None:
        rows = rows.filter(order__seller_id=_user(wanted.seller))
    if wanted.amount_over is not None:
        over = read_money(wanted.amount_over.amount, wanted.amount_over.currency_code)
        rows = rows.filter(currency=over.currency, requested_minor__gt=over.minor)
    return _looked_after(rows, wanted, me)


def _looked_after(
    rows: QuerySet[models.Dispute], wanted: DisputeQueueFilterInput, me: UUID
) -> QuerySet[models.Dispute]:
    if wanted.assigned_to is not None:
        rows = rows.filter(assigned_to_id=_user(wanted.assigned_to))
    match wanted.assigned:
        case Assigned.ME:
            return rows.filter(assigned_to_id=me)
        case Assigned.NOBODY:
            return rows.filter(assigned_to_id__isnull=True)
        case Assigned.ANYBODY:
            return rows.filter(assigned_to_id__isnull=False)
    return rows


def _user(id_: relay.GlobalID) -> UUID:
    found = peek(id_, "User")
    if found is None:
        raise BadUserInput("Not the id of a user.")
    return found


def _possible(handle: str) -> str:
    """No reason has a handle that cannot be one."""
    return handle if is_handle(handle) else ""
