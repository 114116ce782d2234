"""Giving money back of one's own accord: the seller for their own part, an operator for the marketplace's."""

from collections.abc import Sequence
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
from ordergraph.orders.prices import price_of_next
from ordergraph.payments import queries as payments
from ordergraph.payments.catching_up import make_overdue_moves
from ordergraph.refunds import queries
from ordergraph.refunds.actions import LinePart, Parts, Promise, schedule
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause, givable, why_not_create


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

    Raises AmountTooHigh with what is left of the pieces, the line, the shipping or the whole payment.
    """
    order, role = await order_queries.lock(tx, gift.order_id)
    await make_overdue_moves(tx, order)
    payment = await payments.of_order(order.id)
    left = givable(payment.refundable_by(role), role, order, tx.now)
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
    await _check_lines(order, gift.lines)
    shipping_left = max(order.shipping_minor - await queries.shipping_back(order.id), 0)
    if gift.shipping.minor < 0:
        raise InvalidInput(field="shipping", problem="must not be negative")
    if gift.shipping.minor > shipping_left:
        raise AmountTooHigh(maximum=Money(shipping_left, order.currency))
    if gift.minor <= 0:
        raise InvalidInput(field="adjustment", problem="all parts together must be more than zero")


async def _check_lines(order: Order, parts: Sequence[LinePart]) -> None:
    if not parts:
        return
    lines = {line.id: line for line in (await order_queries.lines_of([order.id]))[order.id]}
    before = await queries.given_for_pieces(order.id)
    for position, part in enumerate(parts):
        at, line = f"lines.{position}", lines.get(part.line_id)
        if line is None:
            raise InvalidInput(field=f"{at}.lineId", problem="not a line of this order")
        _check_line(at, part, line, before[line.id], order.currency)


def _check_line(at: str, part: LinePart, line: OrderLine, before: int, currency: str) -> None:
    if not 0 <= part.quantity <= line.open_quantity:
        problem = f"between 0 and {line.open_quantity}"
        raise InvalidInput(field=f"{at}.quantity", problem=problem)
    if part.amount_minor <= 0:
        raise InvalidInput(field=f"{at}.amount", problem="must be more than zero")
    most = _most(line, part.quantity, before, step_of(currency))
    if part.amount_minor > most:
        raise AmountTooHigh(maximum=Money(most, currency))


def _most(line: OrderLine, quantity: int, before: int, step: int) -> int:
    """What may still be given back of a line, in minor units: for so many of its pieces, or for none.

    Pieces that the buyer still has may be given for more than once, but all gifts for them together
    come to no more than was paid for them. What names none is for the line as it was bought.
    """
    left = line.paid_minor - line.refunded_minor
    if not quantity:
        return left
    of_all = price_of_next(line, line.open_quantity, step) - before
    return max(min(price_of_next(line, quantity, step), of_all, left), 0)
