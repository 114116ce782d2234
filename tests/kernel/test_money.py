"""Money is whole minor units: nothing is rounded, nothing is lost, currencies do not mix."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.money import LARGEST_MINOR, BadMoney, Money, allocate, allocate_in_steps

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=30)


@given(minors, currencies)
def test_what_is_written_is_read_back_in_every_currency(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.parse(str(money.amount), currency) == money


@given(minors, currencies)
def test_an_amount_has_exactly_the_currencys_decimals(minor: int, currency: str) -> None:
    exponent = Money(minor, currency).amount.as_tuple().exponent

    assert exponent == -EXPONENTS[currency]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.30", "EUR", 1230),
        ("12.3", "EUR", 1230),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
        ("-0.01", "EUR", -1),
        ("-0", "EUR", 0),
        ("1e3", "EUR", 100_000),
        ("12.3000", "EUR", 1230),
        ("90071992547409.91", "EUR", LARGEST_MINOR),
    ],
)
def test_decimals_become_minor_units_exactly(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("0.001", "EUR"),
        ("0.5", "JPY"),
        ("0.0001", "KWD"),
        ("0.00999999999999999999999999999999999999", "EUR"),  # the usual context rounds to 0.01
        ("1." + "0" * 200 + "1", "EUR"),
        ("90071992547409.92", "EUR"),
        ("-90071992547409.92", "EUR"),
        ("1e999999", "EUR"),
        ("1e-999999", "EUR"),
        ("NaN", "EUR"),
        ("sNaN", "EUR"),
        ("Infinity", "EUR"),
        ("twelve", "EUR"),
        ("", "EUR"),
        ("1", "XXX"),
        ("1", "eur"),
    ],
)
def test_whatever_is_no_exact_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(BadMoney):
        Money.parse(text, currency)


def test_a_decimal_is_read_like_its_text() -> None:
    assert Money.parse(Decimal("3.50"), "USD") == Money(350, "USD")


def test_amounts_of_one_currency_add_subtract_and_compare() -> None:
    three, five = Money(300, "EUR"), Money(500, "EUR")

    assert three + five == Money(800, "EUR")
    assert three - five == Money(-200, "EUR")
    assert three < five
    assert three <= three + Money(0, "EUR")
    assert not five <= three
    assert str(five) == "5.00 EUR"


@pytest.mark.parametrize("operator", ["__add__", "__sub__", "__le__", "__lt__"])
def test_currencies_do_not_mix(operator: str) -> None:
    with pytest.raises(BadMoney, match="EUR with USD"):
        getattr(Money(1, "EUR"), operator)(Money(1, "USD"))


@given(st.integers(0, 10**15), weights)
def test_parts_sum_exactly_and_lie_within_one_unit_of_their_share(
    amount: int, shares: list[int]
) -> None:
    """M9."""
    total = sum(shares)
    amount = amount if total else 0

    parts = allocate(amount, shares)

    assert sum(parts) == amount
    for part, share in zip(parts, shares, strict=True):
        assert total == 0 or abs(part * total - amount * share) < total


@given(st.integers(0, 10**9), weights)
def test_a_share_of_nothing_gets_nothing_and_equal_shares_differ_by_one_at_most(
    amount: int, shares: list[int]
) -> None:
    parts = allocate(amount if any(shares) else 0, [*shares, *shares])

    for (share, one), other in zip(
        zip(shares, parts, strict=False), parts[len(shares) :], strict=True
    ):
        assert 0 <= one - other <= 1
        assert share or not one


def test_nothing_cannot_carry_something() -> None:
    with pytest.raises(AssertionError, match="nothing to carry"):
        allocate(1, [0, 0])


@given(weights, st.fractions(0, 1), st.sampled_from([1, 10, 100]), st.booleans())
def test_parts_in_steps_sum_exactly_and_none_is_more_than_its_weight(
    given_weights: list[int], share: Fraction, step: int, even: bool
) -> None:
    shares = [weight * step if even else weight for weight in given_weights]
    amount = int(sum(shares) * share)

    parts = allocate_in_steps(amount, shares, step)

    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, shares, strict=True))
    if even:
        over = [part % step for part in parts if part % step]
        assert over == ([amount % step] if amount % step else [])


def test_no_more_than_all_can_be_split_in_steps() -> None:
    with pytest.raises(AssertionError, match="more than its weight"):
        allocate_in_steps(30, [10, 10], 10)
