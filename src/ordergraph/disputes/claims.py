"""What a claim is about and how soon the law wants it paid: which goods, and by when."""

from collections.abc import Sequence
from datetime import datetime

from ordergraph.disputes.models import Dispute, DisputeLine
from ordergraph.disputes.split import split
from ordergraph.kernel.currencies import step_of
from ordergraph.kernel.money import Money, allocate_in_steps
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
    return now if dispute.by_law else now + policy.span("refund_delay_s")


def parts(about: Sequence[DisputeLine], lines: Sequence[OrderLine], amount: Money) -> Parts:
    """Spread the amount over the goods that it is about, then the others; the rest is shipping.

    Where the law says how much goes back for each of them, it is spread by that.
    """
    step = step_of(amount.currency)
    costs = [row.amount_minor for row in about if row.amount_minor is not None]
    if not costs:
        first = {row.order_line_id for row in about}
        return split(lines, amount.minor, step=step, first=first)
    assert len(costs) == len(about), "the law names a sum for each"
    goods = min(amount.minor, sum(costs))
    shares = zip(about, allocate_in_steps(goods, costs, step), strict=True)
    return Parts(
        lines=tuple(LinePart(r.order_line_id, r.quantity, share) for r, share in shares if share),
        shipping_minor=amount.minor - goods,
    )
