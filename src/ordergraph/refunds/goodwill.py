"""Giving money back of one's own accord: the seller for their own part, an operator for the marketplace's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.kernel.currencies import step_of
from ordergraph.kernel.money import Money, allocate_in_steps
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput
from ordergraph.kernel.text import NOTE_LIMIT, written
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments import queries as payments
from ordergraph.refunds import queries
from ordergraph.refunds.actions import LinePart, Parts, Promise, schedule
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause, why_not_create


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What is given back. `adjustment` belongs to no line; below zero, it is taken off the rest."""

    order_id: UUID
    lines: Sequence[LinePart]
    shipping: Money
    adjustment: Money
    note: str

    @property
    def minor(self) -> int:
        return sum(self._given) + self.adjustment.minor

    @property
    def parts(self) -> Parts:
        """What is taken off is taken off each part: no more of a line counts as given back than was."""
        goods, step = min(sum(self._given), self.minor), step_of(self.shipping.currency)
        *of_lines, shipping = allocate_in_steps(goods, self._given, step)
        shares = zip(self.lines, of_lines, strict=True)
        return Parts(
            lines=tuple(replace(part, amount_minor=minor) for part, minor in shares if minor),
            shipping_minor=shipping,
            adjustment_minor=max(self.adjustment.minor, 0),
        )

    @property
    def _given(self) -> list[int]:
        """Of each line, then of the shipping."""
        return [*(part.amount_minor for part in self.lines), self.shipping.minor]


async def create(tx: Tx, gift: Gift) -> Refund:
    """Give it back, to be sent at once: who creates it could release it, too.

    Raises AmountTooHigh with what is left of the line, the shipping or the whole payment.
    """
    order, role = await order_queries.lock(tx, gift.order_id)
    payment = await payments.of_order(order.id)
    left = payment.refundable_by(role)
    if refusal := why_not_create(role, order.disputed_at, left):
        raise refusal
    note = written(gift.note, field="note", limit=NOTE_LIMIT, required=True)
    await _check(order, gift)
    if left.minor < gift.minor:
        raise AmountTooHigh(maximum=left)
    promise = Promise(
        cause=RefundCause.GOODWILL,
        cause_id=uuid7(),  # each gift is a decision of its own
        parts=gift.parts,
        due_at=tx.now,
        borne_by=role,
        note=note,
    )
    return await schedule(tx, order, promise, role, payment=payment)


async def _check(order: Order, gift: Gift) -> None:
    """Each part against what is left of it, and the sum against nothing at all."""
    lines = {line.id: line for line in (await order_queries.lines_of([order.id]))[order.id]}
    for position, part in enumerate(gift.lines):
        _check_line(f"lines.{position}", part, lines, order)
    shipping_left = order.shipping_minor - await queries.shipping_back(order.id)
    if gift.shipping.minor < 0:
        raise InvalidInput(field="shipping", problem="must not be negative")
    if gift.shipping.minor > shipping_left:
        raise AmountTooHigh(maximum=Money(shipping_left, order.currency))
    if gift.minor <= 0:
        raise InvalidInput(field="adjustment", problem="all parts together must be more than zero")


def _check_line(at: str, part: LinePart, lines: Mapping[UUID, OrderLine], order: Order) -> None:
    line = lines.get(part.line_id)
    if line is None:
        raise InvalidInput(field=f"{at}.lineId", problem="not a line of this order")
    if not 0 <= part.quantity <= line.quantity:
        raise InvalidInput(field=f"{at}.quantity", problem=f"between 0 and {line.quantity}")
    if part.amount_minor <= 0:
        raise InvalidInput(field=f"{at}.amount", problem="must be more than zero")
    if part.amount_minor > line.paid_minor - line.refunded_minor:
        left = Money(line.paid_minor - line.refunded_minor, order.currency)
        raise AmountTooHigh(maximum=left)
