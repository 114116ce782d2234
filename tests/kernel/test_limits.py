"""Limits by currency: what can be written, and what is refused at once."""

import pytest

from ordergraph.kernel.limits import read_limits
from ordergraph.kernel.money import Money


def test_each_currency_has_its_own_and_nothing_is_no_limit() -> None:
    assert read_limits("EUR=500.00, JPY=60000,") == {
        "EUR": Money(50_000, "EUR"),
        "JPY": Money(60_000, "JPY"),
    }
    assert read_limits("") == {}


@pytest.mark.parametrize(
    "wrong", ["500", "EUR", "EUR=", "EUR=x", "EUR=1.234", "EUR=-1", "XYZ=1", "EUR=1,EUR=2"]
)
def test_what_is_no_limit_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_limits(wrong)
