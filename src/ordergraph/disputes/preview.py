"""See it before you press it: what a dispute could bring, what it may cost, what stands in the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

import strawberry

from ordergraph.api.refusals import UserError, blocked_by
from ordergraph.api.scalars import Money
from ordergraph.disputes.addresses import cost_by
from ordergraph.disputes.evidence_types import EvidenceChecklist
from ordergraph.disputes.ground import Ground, why_not_open
from ordergraph.disputes.models import ReturnAddress
from ordergraph.disputes.refusals import DisputeNotYet
from ordergraph.disputes.terms import PAYS
from ordergraph.disputes.words import ShippingPayer
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.models import Reason
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus, as_of

WORST: Final = ShippingPayer.BUYER
"""Who pays for a return as long as no reason is named: what the buyer has to reckon with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Who looks at which order, and when; `handle` is the reason that they think of, if any."""

    order: Order
    ground: Ground
    role: Role
    now: datetime
    handle: str | None
    reason: Reason | None
    address: ReturnAddress | None
    to_answer: timedelta | None
    to_refund: timedelta | None


def why_not(looking: Looking) -> Refusal | None:
    """What disputeOpen would say, in its sequence: the order, the reason, the order for this reason."""
    ground, role, now = looking.ground, looking.role, looking.now
    if refusal := why_not_open(ground, None, role, now):
        return refusal
    if looking.handle is None:
        return None
    if looking.reason is None or not marketplace.may_give(looking.reason, role):
        return marketplace.not_a_reason()
    return why_not_open(ground, looking.handle, role, now)


@strawberry.type(description="What a dispute could bring and cost, before it is opened.")
class DisputePreview:
    maximum: Money = strawberry.field(description="At most how much can be asked for.")
    return_shipping: Money = strawberry.field(
        description="What sending the goods back is estimated to cost: the seller's own figure, or"
        " else what the order's shipping cost. It is fixed when a return is agreed on."
    )
    return_paid_by: ShippingPayer = strawberry.field(
        description="Who would pay that, unless otherwise agreed, if this is the reason; without a"
        " reason BUYER, which is the most that it can cost you. BUYER makes the refund smaller."
    )
    seller_answers_in_seconds: int | None = strawberry.field(
        description="How long this seller usually takes to answer a dispute: the median of their"
        " newest ones; null when there were fewer than three."
    )
    seller_refunds_in_seconds: int | None = strawberry.field(
        description="How long it usually takes from this seller's promise until the money is sent:"
        " the median of their newest ones; null when there were fewer than three."
    )
    opens_at: datetime | None = strawberry.field(
        description="From when on a dispute is possible, if it is not yet; null when nobody can say."
    )
    until: datetime | None = strawberry.field(
        description="Until when a dispute can be opened; null before the order has come."
    )
    evidence_checklist: EvidenceChecklist | None = strawberry.field(
        description="Which evidence would help if this is the reason: it may come with disputeOpen;"
        " null without a reason."
    )
    blocked_by: UserError | None = blocked_by("disputeOpen")
    refusal: strawberry.Private[Refusal | None]

    @classmethod
    def of(cls, looking: Looking) -> Self:
        order, refusal = as_of(looking.order, looking.now), why_not(looking)
        delivered = order.status is OrderStatus.DELIVERED
        return cls(
            maximum=Money.of(looking.ground.refundable),
            return_shipping=Money.of(cost_by(looking.address, order)),
            return_paid_by=PAYS[looking.reason.fault] if looking.reason else WORST,
            seller_answers_in_seconds=_seconds(looking.to_answer),
            seller_refunds_in_seconds=_seconds(looking.to_refund),
            opens_at=refusal.opens_at if isinstance(refusal, DisputeNotYet) else None,
            until=order.protection_ends_at if delivered else None,
            evidence_checklist=_helpful(looking),
            refusal=refusal,
        )


def _helpful(looking: Looking) -> EvidenceChecklist | None:
    """Nothing of it is there yet."""
    if looking.reason is None:
        return None
    return EvidenceChecklist.of(looking.reason.handle, looking.role, frozenset())


def _seconds(span: timedelta | None) -> int | None:
    return round(span.total_seconds()) if span is not None else None
