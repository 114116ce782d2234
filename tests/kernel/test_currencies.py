"""ISO 4217: how many decimals each currency has."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_name, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.kernel.currencies import EXPONENTS, step_of
from ordergraph.kernel.money import LARGEST_MINOR, BadMoney, Money

codes = st.sampled_from(sorted(EXPONENTS))


@pytest.mark.parametrize(
    ("exponent", "currencies"),
    [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (2, "EUR USD GBP CHF HUF TWD IDR MGA MRU XCG"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    ],
)
def test_the_decimals_are_those_of_the_standard(exponent: int, currencies: str) -> None:
    assert {EXPONENTS[code] for code in currencies.split()} == {exponent}


def test_all_but_the_few_exceptions_have_two_decimals() -> None:
    odd = {code for code, exponent in EXPONENTS.items() if exponent != 2}

    assert len(odd) == 17 + 7 + 2
    assert len(EXPONENTS) >= 155


def test_no_currency_is_made_up() -> None:
    known = list_currencies() | {"XCG"}  # of 2025, newer than some locale data

    assert set(EXPONENTS) <= known
    assert get_currency_name("KWD", locale="en") == "Kuwaiti Dinar"


@given(codes, st.integers(-LARGEST_MINOR, LARGEST_MINOR))
def test_a_decimal_string_comes_back_as_it_went(currency: str, minor: int) -> None:
    text = str(Money(minor, currency).amount)

    assert "e" not in text.lower()
    assert str(Money.parse(text, currency).amount) == text
    _, _, decimals = text.partition(".")
    assert len(decimals) == EXPONENTS[currency]


@given(codes, st.integers(1, 10**9))
def test_a_part_of_the_smallest_unit_is_refused_in_every_currency(
    currency: str, minor: int
) -> None:
    half = Decimal(minor).scaleb(-EXPONENTS[currency]) + Decimal("0.5").scaleb(-EXPONENTS[currency])

    with pytest.raises(BadMoney, match="decimals"):
        Money.parse(str(half), currency)


def test_money_moves_in_what_two_decimals_can_say() -> None:
    steps = {code: step_of(code) for code in EXPONENTS if step_of(code) != 1}

    tens = dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 10)
    assert steps == {**tens, "CLF": 100, "UYW": 100, "MGA": 100}
