"""The arithmetic of canceling: whatever is taken out in whatever steps, the parts sum exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.cancellations.plan import CancelPlan, Left, left, plan
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.refunds import goodwill
from ordergraph.refunds.actions import LinePart
from ordergraph.refunds.process import RefundFailureReason, RefundStatus
from tests.market import NOON


@dataclass
class Line:
    quantity: int
    paid_minor: int
    canceled_quantity: int = 0
    returned_quantity: int = 0
    refunded_minor: int = 0
    id: UUID = field(default_factory=uuid4)

    @property
    def open_quantity(self) -> int:
        return self.quantity - self.canceled_quantity - self.returned_quantity


@dataclass
class Refund:
    shipping_minor: int
    status: RefundStatus = RefundStatus.SCHEDULED
    amount_minor: int = 300
    failure_reason: RefundFailureReason | None = None


@dataclass
class Sent:
    shipping_minor: int
    shipped_at: datetime = NOON
    currency: str = "EUR"


@dataclass
class Bought:
    """An order's money: what was paid, and what of it went back."""

    lines: list[Line]
    shipping: int
    back: int = 0
    shipping_back: int = 0
    is_unsent: bool = True
    step: int = 1

    @property
    def captured(self) -> int:
        return sum(line.paid_minor for line in self.lines) + self.shipping

    @property
    def left(self) -> Left:
        shipping, money = self.shipping - self.shipping_back, self.captured - self.back
        return Left(shipping, money, self.is_unsent, self.step)

    def cancel(self, picked: Mapping[UUID, int] | None) -> CancelPlan:
        """Plan it, and do what canceling does with the plan."""
        planned = plan(self.lines, self.left, picked)
        parts = planned.parts
        for part in parts.lines:
            line = next(line for line in self.lines if line.id == part.line_id)
            line.canceled_quantity += part.quantity
            line.refunded_minor += part.amount_minor if parts.minor else 0
        if parts.minor:
            self.shipping_back += parts.shipping_minor
            self.back += parts.minor
        return planned


ALL = Left(0, 10**12, is_unsent=False, step=1)
lines = st.lists(
    st.builds(Line, quantity=st.integers(1, 20), paid_minor=st.integers(0, 10**7)),
    min_size=1,
    max_size=6,
)


@given(lines, st.integers(0, 5000), st.sampled_from([1, 10, 100]), st.data())
def test_canceling_in_any_steps_gives_back_exactly_what_was_paid(
    bought: list[Line], shipping: int, step: int, data: st.DataObject
) -> None:
    """M9: discounts, odd cents, pieces one by one; shipping goes with the last of them."""
    order, whole, steps = Bought(bought, shipping, step=step), False, 0
    while not whole:
        picked = {
            line.id: count
            for line in bought
            if (count := data.draw(st.integers(0, line.open_quantity)))
        }
        planned = order.cancel(picked or None)
        assert all(part.amount_minor >= 0 for part in planned.parts.lines)
        assert planned.parts.adjustment_minor == 0
        whole, steps = planned.whole, steps + 1
        assert steps <= 200

    assert all(line.open_quantity == 0 for line in bought)
    assert [line.refunded_minor for line in bought] == [line.paid_minor for line in bought]
    assert order.shipping_back == shipping
    assert order.back == order.captured


some = st.integers(0, 10**6)
gifts = st.tuples(some, some, st.integers(-(10**6), 10**6))


@given(lines, st.integers(0, 5000), st.lists(gifts, max_size=4), st.data())
def test_what_was_given_before_is_never_given_twice_and_nothing_is_kept_back(
    bought: list[Line], shipping: int, given: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Goodwill by line, for the shipping and for nothing in particular, between cancellations."""
    order, waiting, whole, steps = Bought(bought, shipping), list(given), False, 0
    while not whole:
        if waiting:
            _give(order, *waiting.pop())
        picked = {
            line.id: count
            for line in bought
            if (count := data.draw(st.integers(0, line.open_quantity)))
        }
        planned = order.cancel(picked or None)
        whole, steps = planned.whole, steps + 1
        assert planned.parts.minor >= 0
        assert planned.whole or planned.parts.adjustment_minor <= 0
        assert sum(line.refunded_minor for line in bought) + order.shipping_back <= order.back
        assert order.back <= order.captured
        assert order.shipping_back <= shipping
        assert all(0 <= line.refunded_minor <= line.paid_minor for line in bought)
        assert steps <= 200

    assert order.back == order.captured


def _give(order: Bought, of_line: int, of_shipping: int, adjustment: int) -> None:
    """Goodwill, as far as there is something to give it from."""
    line, remaining = order.lines[0], order.left
    part = LinePart(line.id, 0, min(of_line, line.paid_minor - line.refunded_minor))
    gift = goodwill.Gift(
        order_id=uuid4(),
        lines=[part],
        shipping=Money(min(of_shipping, remaining.shipping_minor), "EUR"),
        adjustment=Money(adjustment, "EUR"),
        note="",
    )
    if not 0 < gift.minor <= remaining.refundable_minor:
        return
    parts = gift.parts
    assert parts.minor == gift.minor
    line.refunded_minor += sum(part.amount_minor for part in parts.lines)
    order.shipping_back += parts.shipping_minor
    order.back += parts.minor


# fmt: off
GIVEN_BEFORE = [
    # of the line, the shipping, neither; then canceling everything gives back: line, shipping, less
    (0,    0,   0,    3000, 500, 0),
    (1000, 0,   0,    2000, 500, 0),
    (3000, 0,   0,    0,    500, 0),
    (0,    500, 0,    3000, 0,   0),
    (0,    200, 0,    3000, 300, 0),
    (0,    0,   700,  3000, 500, -700),
    (1000, 500, 700,  2000, 0,   -700),
    (0,    0,   3500, 3000, 500, -3500),
]
# fmt: on


@pytest.mark.parametrize(("line", "shipping", "free", "goods", "sent", "less"), GIVEN_BEFORE)
def test_canceling_gives_back_exactly_what_is_left(
    line: int, shipping: int, free: int, goods: int, sent: int, less: int
) -> None:
    lamp = Line(3, 3000, refunded_minor=line)
    order = Bought([lamp], 500, back=line + shipping + free, shipping_back=shipping)

    parts = order.cancel(None).parts

    assert [part.amount_minor for part in parts.lines] == [goods]
    assert (parts.shipping_minor, parts.adjustment_minor) == (sent, less)
    assert order.back == order.captured


def test_goodwill_is_deducted_only_when_less_is_left_than_the_pieces_cost() -> None:
    lamp = Line(3, 3000)
    order = Bought([lamp], 500, back=700)

    parts = [order.cancel({lamp.id: 1}).parts for _ in range(3)]

    assert [(p.minor, p.adjustment_minor) for p in parts] == [(1000, 0), (1000, 0), (800, -700)]


def test_of_what_was_sent_no_more_goes_back_than_the_pieces_cost() -> None:
    """What sending other pieces back has cost the buyer stays where it is."""
    lamp = Line(3, 3000, returned_quantity=1, refunded_minor=1000)
    order = Bought([lamp], 500, back=1000 - 490, is_unsent=False)

    planned = order.cancel(None)

    assert planned.whole
    assert (planned.parts.minor, planned.parts.adjustment_minor) == (2500, 0)


def test_a_refund_that_was_called_off_leaves_the_shipping_where_it_was() -> None:
    refunds = [Refund(300), Refund(200, RefundStatus.CANCELED), Refund(100, RefundStatus.FAILED)]

    assert left(Sent(500), Money(900, "EUR"), refunds) == Left(200, 900, is_unsent=False, step=1)


def test_what_was_given_up_because_the_buyer_has_it_is_not_left() -> None:
    gone = RefundFailureReason.ALREADY_REFUNDED
    refunds = [
        Refund(0, RefundStatus.REQUIRES_ACTION, 100, gone),  # still set aside
        Refund(0, RefundStatus.FAILED, 200, gone),
        Refund(0, RefundStatus.FAILED, 400, RefundFailureReason.CARD_LOST),
    ]

    assert left(Sent(0), Money(900, "EUR"), refunds).refundable_minor == 700
    assert left(Sent(0), Money(100, "EUR"), refunds).refundable_minor == 0


@given(lines, st.integers(0, 5000))
def test_canceling_all_at_once_gives_back_everything(bought: list[Line], shipping: int) -> None:
    planned = Bought(bought, shipping).cancel(None)

    assert planned.whole
    assert planned.parts.minor == sum(line.paid_minor for line in bought) + shipping


@given(st.integers(1, 50), st.integers(0, 10**6))
def test_one_piece_never_costs_more_than_one_unit_above_another(quantity: int, paid: int) -> None:
    line = Line(quantity, paid)
    prices = []
    for _ in range(quantity):
        (part,) = plan([line, Line(1, 1)], ALL, {line.id: 1}).parts.lines
        prices.append(part.amount_minor)
        line.canceled_quantity += 1

    assert max(prices) - min(prices) <= 1


@given(st.integers(1, 50), st.integers(0, 10**6), st.sampled_from([1, 10, 100]))
def test_each_piece_can_be_paid_back_by_itself_but_for_what_the_whole_has_over(
    quantity: int, paid: int, step: int
) -> None:
    """Nobody can pay 3.334 KWD: a card knows two decimals."""
    line, prices = Line(quantity, paid), []
    everything = Left(0, 10**12, is_unsent=False, step=step)
    for _ in range(quantity):
        (part,) = plan([line, Line(1, 1)], everything, {line.id: 1}).parts.lines
        prices.append(part.amount_minor)
        line.canceled_quantity += 1

    *firsts, last = prices
    assert sum(prices) == paid
    assert [price % step for price in firsts] == [0] * len(firsts)
    assert last % step == paid % step
    assert max(prices) - min(prices) <= step


def test_an_order_says_in_which_steps_its_money_moves() -> None:
    steps = {
        code: left(Sent(0, currency=code), Money(0, code), []).step
        for code in ("EUR", "KWD", "JPY")
    }

    assert steps == {"EUR": 1, "KWD": 10, "JPY": 1}


def test_what_went_back_otherwise_is_not_canceled_again() -> None:
    line = Line(quantity=3, paid_minor=100, returned_quantity=1)

    planned = plan([line], Left(0, 66, is_unsent=True, step=1), None)

    assert planned.parts.lines[0].quantity == 2
    assert planned.parts.minor == 66  # the first piece carried the odd cent


def test_naming_everything_that_is_left_is_canceling_as_a_whole() -> None:
    first, second = Line(2, 200), Line(1, 100)

    assert plan([first, second], ALL, {first.id: 2, second.id: 1}).whole
    assert not plan([first, second], ALL, {first.id: 2}).whole


@pytest.mark.parametrize("quantity", [0, -1, 3, 2**31 - 1])
def test_a_quantity_that_is_not_there_is_refused(quantity: int) -> None:
    line = Line(quantity=3, paid_minor=100, canceled_quantity=1)

    with pytest.raises(InvalidInput, match="between 1 and 2"):
        plan([line], ALL, {line.id: quantity})


def test_naming_no_line_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one line"):
        plan([Line(1, 1)], ALL, {})


def test_a_line_of_another_order_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a line of this order"):
        plan([Line(1, 1)], ALL, {uuid4(): 1})
