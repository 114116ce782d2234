"""Rates, without a database."""

from decimal import Decimal

import pytest

from ordergraph.reputation.process import ENOUGH, Tally


def test_few_orders_make_no_rate() -> None:
    assert Tally(orders=ENOUGH - 1, cancellations=3).rate(3) is None
    assert Tally(orders=0).rate(0) is None


@pytest.mark.parametrize(
    ("count", "orders", "rate"),
    [(0, 10, "0.0000"), (1, 10, "0.1000"), (1, 16, "0.0625"), (2, 3000, "0.0007"), (10, 10, "1.0000")],
)  # fmt: skip
def test_a_rate_is_a_part_of_the_orders_to_four_decimals(
    count: int, orders: int, rate: str
) -> None:
    found = Tally(orders=orders).rate(count)

    assert str(found) == rate
    assert isinstance(found, Decimal)
