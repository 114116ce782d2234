"""The arithmetic of canceling: whatever is taken out in whatever steps, the parts sum exactly."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.cancellations.plan import Left, plan
from ordergraph.kernel.refusal import InvalidInput


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


lines = st.lists(
    st.builds(Line, quantity=st.integers(1, 20), paid_minor=st.integers(0, 10**7)),
    min_size=1,
    max_size=6,
)


@given(lines, st.integers(0, 5000), st.data())
def test_canceling_in_any_steps_gives_back_exactly_what_was_paid(
    bought: list[Line], shipping: int, data: st.DataObject
) -> None:
    """M9: discounts, odd cents, pieces one by one; shipping goes with the last of them."""
    back, whole, steps = {line.id: 0 for line in bought}, False, 0
    given_shipping = 0
    while not whole:
        picked = {
            line.id: count
            for line in bought
            if (count := data.draw(st.integers(0, line.open_quantity)))
        }
        planned = plan(bought, Left(shipping), picked or None)
        for part in planned.parts.lines:
            line = next(line for line in bought if line.id == part.line_id)
            line.canceled_quantity += part.quantity
            back[line.id] += part.amount_minor
            assert part.amount_minor >= 0
        given_shipping += planned.parts.shipping_minor
        whole, steps = planned.whole, steps + 1
        assert steps <= 200

    assert all(line.open_quantity == 0 for line in bought)
    assert back == {line.id: line.paid_minor for line in bought}
    assert given_shipping == shipping


@given(lines, st.integers(0, 5000))
def test_canceling_all_at_once_gives_back_everything(bought: list[Line], shipping: int) -> None:
    planned = plan(bought, Left(shipping), None)

    assert planned.whole
    assert planned.parts.minor == sum(line.paid_minor for line in bought) + shipping


@given(lines, st.integers(0, 5000), st.data())
def test_canceling_after_a_gift_gives_back_exactly_what_is_left(
    bought: list[Line], shipping: int, data: st.DataObject
) -> None:
    """Of a line, of the shipping, or of no line at all."""
    for line in bought:
        line.refunded_minor = data.draw(st.integers(0, line.paid_minor))
    shipping_left = data.draw(st.integers(0, shipping))
    named = sum(line.paid_minor - line.refunded_minor for line in bought) + shipping_left
    left = data.draw(st.integers(0, named))

    parts = plan(bought, Left(shipping_left, left), None).parts

    assert parts.minor == left
    assert parts.shipping_minor == shipping_left
    assert {part.line_id: part.amount_minor for part in parts.lines} == {
        line.id: line.paid_minor - line.refunded_minor for line in bought
    }


@given(st.integers(1, 50), st.integers(0, 10**6))
def test_one_piece_never_costs_more_than_one_unit_above_another(quantity: int, paid: int) -> None:
    line = Line(quantity, paid)
    prices = []
    for _ in range(quantity):
        (part,) = plan([line, Line(1, 1)], Left(0), {line.id: 1}).parts.lines
        prices.append(part.amount_minor)
        line.canceled_quantity += 1

    assert max(prices) - min(prices) <= 1


def test_what_went_back_otherwise_is_not_canceled_again() -> None:
    line = Line(quantity=3, paid_minor=100, returned_quantity=1)

    planned = plan([line], Left(0), None)

    assert planned.parts.lines[0].quantity == 2
    assert planned.parts.minor == 66  # the first piece carried the odd cent


def test_naming_everything_that_is_left_is_canceling_as_a_whole() -> None:
    first, second = Line(2, 200), Line(1, 100)

    assert plan([first, second], Left(50), {first.id: 2, second.id: 1}).whole
    assert not plan([first, second], Left(50), {first.id: 2}).whole


@pytest.mark.parametrize("quantity", [0, -1, 3, 2**31 - 1])
def test_a_quantity_that_is_not_there_is_refused(quantity: int) -> None:
    line = Line(quantity=3, paid_minor=100, canceled_quantity=1)

    with pytest.raises(InvalidInput, match="between 1 and 2"):
        plan([line], Left(0), {line.id: quantity})


def test_naming_no_line_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one line"):
        plan([Line(1, 1)], Left(0), {})


def test_a_line_of_another_order_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a line of this order"):
        plan([Line(1, 1)], Left(0), {uuid4(): 1})
