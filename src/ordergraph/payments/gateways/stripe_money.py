"""How Stripe counts money: its smallest units are not ISO 4217's everywhere.

Source: docs.stripe.com/currencies, "Minor units in API amounts", "Three-decimal currencies" and
"Special cases". What is not listed there as anything else has two decimals at Stripe.
"""

from typing import Final

from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import Declined

# fmt: off
DECIMALS: Final[dict[str, int]] = {
    **dict.fromkeys("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), 3),
}
STEP: Final[dict[str, int]] = {
    # the amounts that are taken are multiples of this many of Stripe's units
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), 10),   # the last digit has to be 0
    **dict.fromkeys("ISK UGX".split(), 100),              # two decimals, which have to be 00
}
# fmt: on
UNSUPPORTED: Final = "UNSUPPORTED_AMOUNT"


def units(amount: Money) -> int:
    """Return the amount in Stripe's units; raise Declined for one that Stripe cannot take.

    Nothing is rounded: a buyer who owes 5.124 KWD does not owe 5.120.
    """
    shift = _decimals(amount.currency) - EXPONENTS[amount.currency]
    counted, rest = _shifted(amount.minor, shift)
    if rest or counted % STEP.get(amount.currency, 1):
        raise Declined(UNSUPPORTED)
    return counted


def money(counted: int, currency: str) -> Money:
    """Read an amount of Stripe's."""
    code = currency.upper()
    shift = EXPONENTS[code] - _decimals(code)
    minor, rest = _shifted(counted, shift)
    assert not rest, f"Stripe has a part of {code}'s smallest unit"
    return Money(minor, code)


def _decimals(currency: str) -> int:
    return DECIMALS.get(currency, 2)


def _shifted(number: int, decimals: int) -> tuple[int, int]:
    """Move the decimal point to the right, or to the left and see what is lost."""
    if decimals >= 0:
        return number * int(10**decimals), 0
    return divmod(number, int(10**-decimals))
