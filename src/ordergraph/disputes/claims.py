"""What a claim is about and how soon the law wants it paid: which goods, and by when."""

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import F

from ordergraph.disputes.models import Dispute, DisputeLine
from ordergraph.disputes.split import split
from ordergraph.kernel.money import Money, allocate
from ordergraph.kernel.policy import Policy
from ordergraph.orders.models import OrderLine
from ordergraph.refunds.actions import LinePart, Parts


def acknowledge_by(dispute: Dispute, policy: Policy, now: datetime) -> datetime:
    """Until when the seller may look at goods sent now; a date of the law leaves no more time."""
    if dispute.refund_by_at is not None:
        return max(now, dispute.refund_by_at)
    return now + policy.span("return_ack_s")


def refund_due(dispute: Dispute, policy: Policy, now: datetime) -> datetime:
    """When the money is sent at the latest; where the law sets a date, all waiting is behind it."""
    return now if dispute.refund_by_at is not None else now + policy.span("refund_delay_s")


async def parts(dispute: Dispute, lines: Sequence[OrderLine], amount: Money) -> Parts:
    """Spread the amount over the goods that it is about, else over the order; the rest is shipping."""
    claimed = await _lines_of(dispute)
    if not claimed:
        return split(lines, amount.minor)
    costs = [row.amount_minor for row in claimed]
    goods = min(amount.minor, sum(costs))
    shares = zip(claimed, allocate(goods, costs), strict=True)
    return Parts(
        lines=tuple(LinePart(r.order_line_id, r.quantity, share) for r, share in shares if share),
        shipping_minor=amount.minor - goods,
    )


async def mark_returned(dispute: Dispute) -> None:
    """Count the goods that are back; the caller holds the order's lock."""
    for row in await _lines_of(dispute):
        await OrderLine.filter(id=row.order_line_id).update(
            returned_quantity=F("returned_quantity") + row.quantity
        )


async def _lines_of(dispute: Dispute) -> list[DisputeLine]:
    return await DisputeLine.filter(dispute_id=dispute.id).order_by("id")
