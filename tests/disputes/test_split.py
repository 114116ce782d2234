"""An amount spread over the lines of an order."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from ordergraph.disputes.split import split


@dataclass
class Line:
    paid_minor: int
    refunded_minor: int = 0
    id: UUID = field(default_factory=uuid4)


MINOR = st.integers(min_value=0, max_value=2**45)
LINES = st.lists(
    st.tuples(MINOR, MINOR).map(lambda pair: Line(max(pair), min(pair))), min_size=1, max_size=12
)


@given(lines=LINES, shipping=MINOR, share=st.fractions(min_value=0, max_value=1))
def test_the_parts_sum_exactly_and_no_line_gives_more_than_it_has(
    lines: list[Line], shipping: int, share: object
) -> None:
    left = {line.id: line.paid_minor - line.refunded_minor for line in lines}
    amount = int((sum(left.values()) + shipping) * share)

    parts = split(lines, amount, step=1)

    assert parts.minor == amount
    assert 0 <= parts.shipping_minor <= shipping
    assert all(0 < part.amount_minor <= left[part.line_id] for part in parts.lines)


def test_shipping_gives_only_what_the_goods_cannot() -> None:
    lines = [Line(1000), Line(500, refunded_minor=500)]

    assert split(lines, 1000, step=1).shipping_minor == 0
    assert split(lines, 1200, step=1).shipping_minor == 200


def test_odd_minor_units_go_to_the_lines_with_the_largest_remainder() -> None:
    lines = [Line(100), Line(100), Line(100)]

    assert [part.amount_minor for part in split(lines, 100, step=1).lines] == [34, 33, 33]


def test_what_can_be_paid_in_steps_only_is_split_in_steps() -> None:
    lines = [Line(10_000), Line(10_000), Line(10_000)]

    in_steps = split(lines, 10_000, step=10)

    assert [part.amount_minor for part in in_steps.lines] == [3340, 3330, 3330]
