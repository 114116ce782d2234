"""Money: a whole number of minor units in one currency, never a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from typing import Final

from ordergraph.kernel.currencies import EXPONENTS

LARGEST_MINOR: Final = 2**53 - 1
"""Above this a phone that reads numbers as doubles would lose a cent."""
_EXACT: Final = Context(prec=100, traps=[InvalidOperation, Inexact])
"""Raises where the usual context would round silently."""


class BadMoney(ValueError):
    """Not an exact amount of a known currency."""


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` counts the smallest unit of `currency` (ISO 4217): 12.34 EUR is 1234, 500 JPY is 500."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str | Decimal, currency: str) -> "Money":
        """Read a decimal amount exactly; raise BadMoney for an unknown currency or a part of a minor unit."""
        if currency not in EXPONENTS:
            raise BadMoney(f"{currency[:8]!r} is not an ISO 4217 currency code")
        try:
            shifted = Decimal(text).scaleb(EXPONENTS[currency], _EXACT)
        except DecimalException:
            raise BadMoney("not a decimal number of a length that we read") from None
        if not shifted.is_finite() or shifted.copy_abs() > LARGEST_MINOR:
            raise BadMoney("the amount is out of range")
        if shifted != shifted.to_integral_value():
            raise BadMoney(f"{currency} has {EXPONENTS[currency]} decimals")
        return cls(int(shifted), currency)

    @property
    def amount(self) -> Decimal:
        """The decimal amount with exactly the currency's decimals: 12.30, not 12.3."""
        return decimal(self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._alike(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._alike(other), self.currency)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._alike(other)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._alike(other)

    def _alike(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise BadMoney(f"cannot mix {self.currency} with {other.currency}")
        return other.minor


def decimal(minor: int, currency: str) -> Decimal:
    """As Money's amount, for whoever has no Money."""
    return Decimal(minor).scaleb(-EXPONENTS[currency])


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split whole minor units by weight so that the parts sum exactly (largest remainder).

    No part is more than one unit away from its proportional share. A sum of weights of zero can
    only carry an amount of zero.
    """
    total = sum(weights)
    if total == 0:
        assert amount == 0, "nothing to carry the amount"
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def allocate_in_steps(amount: int, weights: Sequence[int], step: int) -> list[int]:
    """Split as `allocate`, no part being more than its weight, in multiples of `step` as far as that goes.

    Where all weights are multiples of it, so are the parts, but for what is left over of the
    amount: that lies on one of them. Other weights are split to the last minor unit.
    """
    assert amount <= sum(weights), "no part is more than its weight"
    if any(weight % step for weight in weights):
        return allocate(amount, weights)
    steps, over = divmod(amount, step)
    parts = [part * step for part in allocate(steps, [weight // step for weight in weights])]
    if over:
        has_room = (i for i, weight in enumerate(weights) if parts[i] < weight)
        parts[next(has_room)] += over
    return parts


def contained(amount: int, part: int, whole: int) -> int:
    """How much of `amount`, which is spread evenly over `whole`, lies in its first `part`.

    Of all of it, all: so what lies between one part and the next sums exactly, however it is cut.
    """
    assert 0 <= part <= whole, "a part lies within the whole"
    return amount * part // whole if whole else 0
